//! Key-value data and queues that VMs share.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Status;

/// Data and queues that several VMs can share, as the workers of one proxy do.
///
/// A clone is the same store. Nothing is shared unless it is given to several VMs. Data belongs
/// to a `vm_id`; a queue of one `vm_id` can be found by the VMs of another.
#[derive(Clone, Debug, Default)]
pub struct SharedData(Arc<Mutex<Store>>);

#[derive(Debug, Default)]
struct Store {
    data: BTreeMap<(String, Vec<u8>), (Vec<u8>, u32)>,
    last_cas: u32,
    queues: Vec<Queue>,
}

#[derive(Debug)]
struct Queue {
    vm_id: String,
    name: Vec<u8>,
    items: VecDeque<Vec<u8>>,
}

impl SharedData {
    /// An empty store.
    #[must_use]
    pub fn new() -> SharedData {
        SharedData::default()
    }

    /// The value of a key of that `vm_id`.
    #[must_use]
    pub fn value(&self, vm_id: &str, key: impl AsRef<[u8]>) -> Option<Vec<u8>> {
        self.get(vm_id, key.as_ref()).ok().map(|(value, _)| value)
    }

    // The store is consistent after each statement, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, Store> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, vm_id: &str, key: &[u8]) -> Result<(Vec<u8>, u32), Status> {
        self.lock().data.get(&(vm_id.to_owned(), key.to_vec())).cloned().ok_or(Status::NOT_FOUND)
    }

    /// `cas` 0 overwrites; any other must be the one that the last read gave.
    pub(crate) fn set(&self, vm_id: &str, key: &[u8], value: &[u8], cas: u32) -> Status {
        let mut store = self.lock();
        let key = (vm_id.to_owned(), key.to_vec());
        if cas != 0 && store.data.get(&key).is_some_and(|(_, current)| *current != cas) {
            return Status::CAS_MISMATCH;
        }
        store.last_cas = store.last_cas.wrapping_add(1).max(1);
        let cas = store.last_cas;
        store.data.insert(key, (value.to_vec(), cas));
        Status::OK
    }

    /// A queue that is there keeps what it holds.
    pub(crate) fn register(&self, vm_id: &str, name: &[u8]) -> u32 {
        let mut store = self.lock();
        if let Some(token) = store.token(vm_id, name) {
            return token;
        }
        store.queues.push(Queue {
            vm_id: vm_id.to_owned(),
            name: name.to_vec(),
            items: VecDeque::new(),
        });
        store.queues.len() as u32
    }

    pub(crate) fn resolve(&self, vm_id: &str, name: &[u8]) -> Result<u32, Status> {
        self.lock().token(vm_id, name).ok_or(Status::NOT_FOUND)
    }

    pub(crate) fn enqueue(&self, token: u32, item: &[u8]) -> Status {
        match self.lock().queue(token) {
            Some(queue) => {
                queue.items.push_back(item.to_vec());
                Status::OK
            }
            None => Status::NOT_FOUND,
        }
    }

    pub(crate) fn dequeue(&self, token: u32) -> Result<Vec<u8>, Status> {
        let mut store = self.lock();
        let queue = store.queue(token).ok_or(Status::NOT_FOUND)?;
        queue.items.pop_front().ok_or(Status::EMPTY)
    }

    pub(crate) fn queued(&self, token: u32) -> usize {
        self.lock().queue(token).map_or(0, |queue| queue.items.len())
    }
}

impl Store {
    fn token(&self, vm_id: &str, name: &[u8]) -> Option<u32> {
        let slot = self.queues.iter().position(|q| q.vm_id == vm_id && q.name == name)?;
        Some(slot as u32 + 1)
    }

    fn queue(&mut self, token: u32) -> Option<&mut Queue> {
        self.queues.get_mut((token as usize).checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_cas_is_refused() {
        let data = SharedData::new();
        assert_eq!(data.set("", b"k", b"1", 0), Status::OK);
        let (_, cas) = data.get("", b"k").unwrap();
        assert_eq!(data.set("", b"k", b"2", cas), Status::OK);
        assert_eq!(data.set("", b"k", b"3", cas), Status::CAS_MISMATCH);
        assert_eq!(data.value("", "k").unwrap(), b"2");
        assert_eq!(data.value("other", "k"), None);
    }

    #[test]
    fn queues_are_first_in_first_out() {
        let data = SharedData::new();
        let token = data.register("a", b"q");
        assert_eq!(data.register("a", b"q"), token);
        assert_eq!(data.resolve("a", b"q"), Ok(token));
        assert_eq!(data.resolve("b", b"q"), Err(Status::NOT_FOUND));
        assert_eq!(data.dequeue(token), Err(Status::EMPTY));
        data.enqueue(token, b"1");
        data.enqueue(token, b"2");
        assert_eq!(data.dequeue(token), Ok(b"1".to_vec()));
        assert_eq!(data.queued(token), 1);
        assert_eq!(data.enqueue(0, b"x"), Status::NOT_FOUND);
        assert_eq!(data.dequeue(9), Err(Status::NOT_FOUND));
    }
}
