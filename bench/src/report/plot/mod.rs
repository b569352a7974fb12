//! The plots of the page, as SVG on white ground: the book has dark themes, too.

mod envoy;
mod find;

use crate::measurement::Results;
use crate::part::Part;
use anyhow::Result;
use plotters::style::{FontFamily, RGBColor};

/// Whichever font a reader has.
const FONT: FontFamily<'static> = FontFamily::SansSerif;
/// Its size; plotters draws four fifths of that.
const TEXT: u32 = 17;
const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
/// Okabe and Ito's colours, which people who do not tell all colours apart can tell apart; without
/// the yellow, which is hard to see on white.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0x00, 0x00, 0x00),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
];

/// A plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plot {
    /// The time of a decision by the number of routes.
    Find,
    /// What the module takes in Envoy against native routes.
    Envoy,
}

impl Plot {
    /// All of them.
    pub(super) const ALL: [Self; 2] = [Self::Find, Self::Envoy];

    /// The part whose figures it shows.
    pub(super) fn part(self) -> Part {
        match self {
            Self::Find => Part::Engine,
            Self::Envoy => Part::Envoy,
        }
    }

    /// Its name beside the page.
    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Find => "performance-find.svg",
            Self::Envoy => "performance-envoy.svg",
        }
    }

    /// What it shows, for those who do not see it.
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Find => {
                "The time of one find() by the number of routes, both logarithmic, a line for each \
                 kind of route; the requests match any of the routes"
            }
            Self::Envoy => {
                "CPU time of a request in Envoy with the module, divided by that with native \
                 routes, for each table; the line is at 1, where both cost the same"
            }
        }
    }

    /// The SVG; none where there is nothing to show.
    pub(super) fn draw(self, results: &Results) -> Result<Option<String>> {
        match self {
            Self::Find => find::draw(results),
            Self::Envoy => envoy::draw(results),
        }
    }
}

/// A name that is in an SVG as it stands, which has no place for control characters.
fn label(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
