use super::{COLOURS, FONT, GRID, TEXT, label};
use crate::measurement::{Measurement, Results, Unit};
use crate::report::number::{count, exact, ratio};
use anyhow::Result;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const WIDTH: u32 = 900;
const ROW_HEIGHT: u32 = 30;
/// What is above and below the rows.
const AROUND: u32 = 110;
/// Where the names of the rows end.
const NAMES: u32 = 310;
/// How far the requests of a table are apart, of the height of a row.
const APART: f64 = 0.25;

/// The ratios of one table.
struct Row<'r> {
    name: String,
    /// For each kind of request, with its quartiles.
    ratios: Vec<Option<&'r Measurement>>,
}

pub(super) fn draw(results: &Results) -> Result<Option<String>> {
    const NAME: &str = "cpu against native";
    let hits = results.values(NAME, "hit");
    let rows = rows(results, NAME, &hits);
    let ratios = rows.iter().flat_map(|row| &row.ratios).flatten();
    let most = ratios.map(|ratio| ratio.range.map_or(ratio.value, |(_, high)| high));
    let Some(most) = most.max_by(f64::total_cmp) else { return Ok(None) };
    let count = rows.len();
    let mut svg = String::new();
    {
        let size = (WIDTH, AROUND + ROW_HEIGHT * count as u32);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .margin(14)
            .margin_top(40)
            .margin_right(30)
            .x_label_area_size(48)
            .y_label_area_size(NAMES)
            // From top to bottom.
            .build_cartesian_2d(0.0..(most * 1.05).max(1.25), count as f64..0.0)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .x_desc("CPU time of a request with the module ÷ with native routes")
            .x_label_formatter(&|value| exact(ratio, *value))
            .label_style((FONT, TEXT))
            .axis_desc_style((FONT, TEXT))
            .bold_line_style(GRID)
            .light_line_style(WHITE)
            .draw()?;
        let even = [(1.0, 0.0), (1.0, count as f64)];
        chart.draw_series([PathElement::new(even, BLACK.stroke_width(2))])?;
        let ends = Pos::new(HPos::Right, VPos::Center);
        let name = TextStyle::from((FONT, TEXT).into_font()).pos(ends);
        for (row, place) in rows.iter().zip(0..) {
            let middle = f64::from(place) + 0.5;
            let at = EmptyElement::at((0.0, middle));
            chart.draw_series([at + Text::new(row.name.clone(), (-10, 0), name.clone())])?;
            let middle = middle - APART * (hits.len().saturating_sub(1) as f64) / 2.0;
            for ((ratio, colour), hit) in row.ratios.iter().zip(COLOURS.iter().cycle()).zip(0..) {
                let Some(ratio) = ratio else { continue };
                let y = middle + APART * f64::from(hit);
                if let Some((low, high)) = ratio.range {
                    let quartiles = PathElement::new([(low, y), (high, y)], colour.stroke_width(2));
                    chart.draw_series([quartiles])?;
                }
                chart.draw_series([Circle::new((ratio.value, y), 4, colour.filled())])?;
            }
        }
        let mut x = NAMES as i32;
        for (hit, colour) in hits.iter().zip(COLOURS.iter().cycle()) {
            let name = label(&format!("{hit} route matches"));
            root.draw(&Circle::new((x, 20), 4, colour.filled()))?;
            let width = 9 * name.chars().count() as i32;
            root.draw(&Text::new(name, (x + 12, 13), (FONT, TEXT)))?;
            x += 40 + width;
        }
        root.present()?;
    }
    Ok(Some(svg))
}

/// One for each table, in the order in which they were measured.
fn rows<'r>(results: &'r Results, name: &str, hits: &[&str]) -> Vec<Row<'r>> {
    let mut rows = Vec::new();
    for chain in results.values(name, "chain") {
        for routes in results.sizes(name) {
            for kind in results.values(name, "fanout") {
                let ratio = |hit: &&str| {
                    let of = [
                        ("chain", &chain as _),
                        ("routes", &routes as _),
                        ("fanout", &kind as _),
                        ("hit", hit as _),
                    ];
                    results.find(name, Unit::Ratio, &of)
                };
                let ratios: Vec<_> = hits.iter().map(ratio).collect();
                if ratios.iter().any(Option::is_some) {
                    let routes = match routes {
                        1 => "1 route".to_owned(),
                        _ => format!("{} routes", count(routes as f64)),
                    };
                    let name = label(&format!("{chain} chain, {routes}, {kind}"));
                    rows.push(Row { name, ratios });
                }
            }
        }
    }
    rows
}
