//! Counters, gauges and histograms, numbered as Envoy numbers them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Status;

/// The type of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Collects values.
    Histogram,
}

const KINDS: [MetricKind; 3] = [MetricKind::Counter, MetricKind::Gauge, MetricKind::Histogram];

/// The value of a metric, with its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetricValue {
    /// The sum of all increments.
    Counter(u64),
    /// The last value; never below zero.
    Gauge(u64),
    /// Every value recorded, in order.
    Histogram(Vec<u64>),
}

/// What was done to a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricOperation {
    /// `proxy_increment_metric` with this offset.
    Increment(i64),
    /// `proxy_record_metric` with this value.
    Record(u64),
}

/// A change of a metric during a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricChange {
    /// The type of the metric.
    pub kind: MetricKind,
    /// Its name, without the prefix that a proxy puts before it.
    pub name: Arc<[u8]>,
    /// What was done.
    pub operation: MetricOperation,
}

/// The metrics of a VM. Name and type together identify a metric, as in Envoy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    values: Vec<(MetricKind, Arc<[u8]>, MetricValue)>,
    index: BTreeMap<(MetricKind, Arc<[u8]>), usize>,
    /// For each type, what the ids given out so far stand for.
    ids: [Vec<usize>; 3],
}

impl Metrics {
    /// The value of a counter, or none where it is not defined.
    #[must_use]
    pub fn counter(&self, name: impl AsRef<[u8]>) -> Option<u64> {
        match self.find(MetricKind::Counter, name.as_ref())? {
            MetricValue::Counter(value) => Some(*value),
            _ => None,
        }
    }

    /// The value of a gauge, or none where it is not defined.
    #[must_use]
    pub fn gauge(&self, name: impl AsRef<[u8]>) -> Option<u64> {
        match self.find(MetricKind::Gauge, name.as_ref())? {
            MetricValue::Gauge(value) => Some(*value),
            _ => None,
        }
    }

    /// The values of a histogram in the order of their recording, or none where it is not
    /// defined.
    #[must_use]
    pub fn histogram(&self, name: impl AsRef<[u8]>) -> Option<&[u64]> {
        match self.find(MetricKind::Histogram, name.as_ref())? {
            MetricValue::Histogram(values) => Some(values),
            _ => None,
        }
    }

    /// All metrics by type and name.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &MetricValue)> {
        self.index.iter().filter_map(|((_, name), &slot)| {
            self.values.get(slot).map(|(_, _, value)| (&name[..], value))
        })
    }

    fn find(&self, kind: MetricKind, name: &[u8]) -> Option<&MetricValue> {
        let slot = self.index.get(&(kind, Arc::from(name)))?;
        self.values.get(*slot).map(|(_, _, value)| value)
    }

    /// Each definition gives a new id, also of a metric that is there already. The type stands
    /// in the low two bits of the id.
    pub(crate) fn define(&mut self, kind: u32, name: &[u8]) -> Result<u32, Status> {
        let kind_index = kind as usize;
        let kind = *KINDS.get(kind_index).ok_or(Status::BAD_ARGUMENT)?;
        let name: Arc<[u8]> = Arc::from(name);
        let slot = *self.index.entry((kind, Arc::clone(&name))).or_insert_with(|| {
            let value = match kind {
                MetricKind::Counter => MetricValue::Counter(0),
                MetricKind::Gauge => MetricValue::Gauge(0),
                MetricKind::Histogram => MetricValue::Histogram(Vec::new()),
            };
            self.values.push((kind, name, value));
            self.values.len() - 1
        });
        let ids = &mut self.ids[kind_index];
        ids.push(slot);
        u32::try_from(ids.len() * 4 + kind_index).map_err(|_| Status::INTERNAL_FAILURE)
    }

    fn slot(&mut self, id: u32) -> Option<&mut (MetricKind, Arc<[u8]>, MetricValue)> {
        let ids = self.ids.get((id & 3) as usize)?;
        let slot = *ids.get((id / 4).checked_sub(1)? as usize)?;
        self.values.get_mut(slot)
    }

    /// A counter takes only increments above zero; a histogram takes none.
    pub(crate) fn increment(&mut self, id: u32, offset: i64) -> Result<MetricChange, Status> {
        if id & 3 > 1 {
            return Err(Status::BAD_ARGUMENT);
        }
        let (kind, name, value) = self.slot(id).ok_or(Status::NOT_FOUND)?;
        match value {
            MetricValue::Counter(value) if offset > 0 => {
                *value = value.wrapping_add(offset.unsigned_abs());
            }
            MetricValue::Gauge(value) => *value = value.saturating_add_signed(offset),
            _ => return Err(Status::BAD_ARGUMENT),
        }
        let operation = MetricOperation::Increment(offset);
        Ok(MetricChange { kind: *kind, name: Arc::clone(name), operation })
    }

    /// Adds to a counter, sets a gauge, collects in a histogram.
    pub(crate) fn record(&mut self, id: u32, recorded: u64) -> Result<MetricChange, Status> {
        let (kind, name, value) = self.slot(id).ok_or(Status::NOT_FOUND)?;
        match value {
            MetricValue::Counter(value) => *value = value.wrapping_add(recorded),
            MetricValue::Gauge(value) => *value = recorded,
            MetricValue::Histogram(values) => values.push(recorded),
        }
        let operation = MetricOperation::Record(recorded);
        Ok(MetricChange { kind: *kind, name: Arc::clone(name), operation })
    }

    pub(crate) fn get(&mut self, id: u32) -> Result<u64, Status> {
        if id & 3 > 1 {
            return Err(Status::BAD_ARGUMENT);
        }
        match self.slot(id).ok_or(Status::NOT_FOUND)? {
            (_, _, MetricValue::Counter(value) | MetricValue::Gauge(value)) => Ok(*value),
            (_, _, MetricValue::Histogram(_)) => Err(Status::BAD_ARGUMENT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_is_the_same_metric_under_two_ids() {
        let mut metrics = Metrics::default();
        let first = metrics.define(0, b"hits").unwrap();
        let second = metrics.define(0, b"hits").unwrap();
        assert_eq!((first, second), (4, 8));
        metrics.increment(first, 1).unwrap();
        metrics.increment(second, 2).unwrap();
        assert_eq!(metrics.counter("hits"), Some(3));
        assert_eq!(metrics.gauge("hits"), None);
        assert_eq!(metrics.iter().count(), 1);
    }

    #[test]
    fn each_type_takes_what_envoy_lets_it_take() {
        let mut metrics = Metrics::default();
        let counter = metrics.define(0, b"c").unwrap();
        let gauge = metrics.define(1, b"g").unwrap();
        let histogram = metrics.define(2, b"h").unwrap();
        assert_eq!(metrics.define(3, b"x"), Err(Status::BAD_ARGUMENT));
        assert_eq!((counter, gauge, histogram), (4, 5, 6));

        assert_eq!(metrics.increment(counter, 0), Err(Status::BAD_ARGUMENT));
        assert_eq!(metrics.increment(counter, -1), Err(Status::BAD_ARGUMENT));
        assert_eq!(metrics.increment(histogram, 1), Err(Status::BAD_ARGUMENT));
        assert_eq!(metrics.increment(40, 1), Err(Status::NOT_FOUND));
        assert_eq!(metrics.record(0, 1), Err(Status::NOT_FOUND));

        metrics.record(counter, 7).unwrap();
        metrics.record(gauge, 3).unwrap();
        metrics.increment(gauge, -5).unwrap();
        metrics.record(histogram, 9).unwrap();
        assert_eq!(metrics.get(counter), Ok(7));
        assert_eq!(metrics.get(gauge), Ok(0));
        assert_eq!(metrics.get(histogram), Err(Status::BAD_ARGUMENT));
        assert_eq!(metrics.histogram("h"), Some(&[9][..]));
    }
}
