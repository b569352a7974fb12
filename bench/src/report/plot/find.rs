use super::{COLOURS, FONT, GRID, TEXT, label};
use crate::measurement::{Results, Unit};
use crate::report::number::{count, exact, time};
use anyhow::Result;
use plotters::prelude::*;
use std::ops::Range;

const SIZE: (u32, u32) = (900, 460);
/// Where the names of the lines begin.
const NAMES: u32 = 680;
const NAME_HEIGHT: i32 = 26;

/// A kind of route, with numbers of routes and nanoseconds.
struct Line<'r> {
    kind: &'r str,
    /// The same in every plot, whatever the others are.
    colour: RGBColor,
    points: Vec<(f64, f64)>,
}

pub(super) fn draw(results: &Results) -> Result<Option<String>> {
    let lines = lines(results);
    let points = || lines.iter().flat_map(|line| &line.points);
    let routes = range(points().map(|(routes, _)| *routes));
    let times = range(points().map(|(_, time)| *time));
    let (Some(routes), Some(times)) = (routes, times) else { return Ok(None) };
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (left, right) = root.split_horizontally(NAMES);
        let mut chart = ChartBuilder::on(&left)
            .margin(14)
            .x_label_area_size(48)
            .y_label_area_size(88)
            .build_cartesian_2d(
                (routes.start * 0.9..routes.end * 1.2).log_scale(),
                decades(&times).log_scale(),
            )?;
        chart
            .configure_mesh()
            .x_desc("routes")
            .y_desc("time of one find()")
            .x_labels(6)
            .y_labels(8)
            .x_label_formatter(&|routes| count(*routes))
            .y_label_formatter(&|nanoseconds| exact(time, *nanoseconds))
            .label_style((FONT, TEXT))
            .axis_desc_style((FONT, TEXT))
            .bold_line_style(GRID)
            .light_line_style(WHITE)
            .draw()?;
        // Names stand in the order in which the lines end.
        let middle = (SIZE.1 as i32 - NAME_HEIGHT * lines.len() as i32) / 2;
        for (line, row) in lines.iter().zip(0..) {
            let colour = line.colour;
            let points = line.points.iter().copied();
            chart.draw_series(LineSeries::new(points.clone(), colour.stroke_width(2)))?;
            chart.draw_series(points.map(|point| Circle::new(point, 3, colour.filled())))?;
            let y = middle + row * NAME_HEIGHT;
            right.draw(&PathElement::new([(0, y), (24, y)], colour.stroke_width(3)))?;
            right.draw(&Text::new(label(line.kind), (32, y - 7), (FONT, TEXT)))?;
        }
        root.present()?;
    }
    Ok(Some(svg))
}

/// One for each kind, the slowest first. The requests match any route, so that what they touch is
/// not all in the caches.
fn lines(results: &Results) -> Vec<Line<'_>> {
    let line = |(kind, &colour)| {
        let point = |routes: usize| {
            let of = [("fanout", &kind as _), ("hit", &"any" as _), ("routes", &routes as _)];
            let figure = results.find("find", Unit::Nanoseconds, &of)?;
            Some((routes as f64, figure.value))
        };
        Line { kind, colour, points: results.sizes("find").into_iter().filter_map(point).collect() }
    };
    let kinds = results.values("find", "fanout").into_iter().zip(COLOURS.iter().cycle());
    let mut lines: Vec<_> = kinds.map(line).collect();
    let end = |line: &Line| line.points.last().map_or(0.0, |(_, time)| *time);
    lines.sort_by(|a, b| end(b).total_cmp(&end(a)));
    lines
}

fn range(values: impl Iterator<Item = f64> + Clone) -> Option<Range<f64>> {
    let start = values.clone().min_by(f64::total_cmp)?;
    Some(start..values.max_by(f64::total_cmp)?)
}

/// The range with all of the powers of ten that it begins and ends in.
fn decades(range: &Range<f64>) -> Range<f64> {
    let power = |exponent: f64| 10_f64.powf(exponent);
    power(range.start.log10().floor())..power((range.end.log10() + 0.01).ceil())
}
