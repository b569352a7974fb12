//! What the project wants to reach, held against what was measured.

mod figures;
mod list;

use super::markdown::Table;
use super::number::{self, Show};
use super::{Measured, command};
use crate::measurement::Results;
use crate::part::Part;
use list::GOALS;

/// A figure that should not be larger than this.
struct Goal {
    what: &'static str,
    part: Part,
    /// What it must not exceed.
    goal: f64,
    /// What would be good.
    aim: f64,
    show: Show,
    /// The figures that answer it, the worst of which counts; none where one of them is missing.
    measured: fn(&Results) -> Option<Vec<Figure>>,
}

/// A figure, and of what it is.
#[derive(Clone, Debug)]
struct Figure {
    value: f64,
    of: String,
}

/// What a figure means for a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    MetAim,
    MetGoal,
    Missed,
}

impl Verdict {
    fn of(value: f64, goal: f64, aim: f64) -> Self {
        match value {
            value if value <= aim => Self::MetAim,
            value if value <= goal => Self::MetGoal,
            _ => Self::Missed,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::MetAim => "met the aim",
            Self::MetGoal => "met the goal",
            Self::Missed => "**missed**",
        }
    }
}

/// The table of all goals, with what was measured.
pub(super) fn table(measured: &Measured) -> Table {
    let mut table = Table::new(
        &["what", "goal: at most", "aim: at most", "measured", "verdict", "command"],
        [""; 0],
    );
    for goal in &GOALS {
        let figures = measured.get(&goal.part).and_then(goal.measured).unwrap_or_default();
        let worst = figures.iter().map(|figure| figure.value).max_by(f64::total_cmp);
        let verdict = worst.map(|value| Verdict::of(value, goal.goal, goal.aim).name());
        let shown: Vec<_> = figures.iter().map(|figure| figure.shown(goal.show)).collect();
        let row = [
            goal.what.to_owned(),
            number::exact(goal.show, goal.goal),
            number::exact(goal.show, goal.aim),
            if shown.is_empty() { "–".to_owned() } else { shown.join("; ") },
            verdict.unwrap_or("not measured").to_owned(),
            command(goal.part),
        ];
        table.row(row, []);
    }
    table
}

impl Figure {
    fn shown(&self, show: Show) -> String {
        match self.of.as_str() {
            "" => show(self.value),
            of => format!("{} ({of})", show(self.value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::{Measurement, Unit};
    use crate::part::Chain;
    use crate::workload::Fanout;

    #[test]
    fn a_limit_is_met_by_a_figure_that_is_just_as_large() {
        let verdicts = [
            (1.0, Verdict::MetAim),
            (1.2, Verdict::MetAim),
            (1.2001, Verdict::MetGoal),
            (1.5, Verdict::MetGoal),
            (1.5001, Verdict::Missed),
            (f64::INFINITY, Verdict::Missed),
            (f64::NAN, Verdict::Missed),
        ];
        for (value, verdict) in verdicts {
            assert_eq!(Verdict::of(value, 1.5, 1.2), verdict, "{value}");
        }
    }

    #[test]
    fn an_aim_is_at_least_as_hard_as_its_goal() {
        for goal in &GOALS {
            assert!(goal.aim <= goal.goal, "{}", goal.what);
        }
    }

    fn against(chain: Chain, kind: Fanout, value: f64) -> Measurement {
        let figure = Measurement::one("cpu against native", Unit::Ratio, value);
        figure.of("chain", chain).of("fanout", kind).of("hit", "any").of("routes", 5_000)
    }

    /// The row of 5,000 routes of which any matches.
    fn row(measurements: Vec<Measurement>) -> String {
        let measured = Measured::from([(Part::Envoy, Results::of_envoy(measurements))]);
        let table = table(&measured).to_string();
        let row = table.lines().find(|line| line.contains("5,000 routes, any")).unwrap();
        row.to_owned()
    }

    #[test]
    fn the_worst_figure_of_a_row_decides() {
        let mut figures = vec![
            against(Chain::Bare, Fanout::Prefix, 0.11),
            against(Chain::Bare, Fanout::Header, 0.12),
            against(Chain::Bare, Fanout::Exact, 0.22),
            against(Chain::Bare, Fanout::Host, 0.99),
            against(Chain::Whole, Fanout::Prefix, 0.31),
            against(Chain::Whole, Fanout::Header, 0.21),
        ];
        let row_of = |figures: &[Measurement]| row(figures.to_vec());
        let met = row_of(&figures);
        let measured = "| 0.220 (bare: exact path); 0.310 (whole: path prefix) | met the goal |";
        assert!(met.contains(measured), "{met}");
        figures[4].value = 0.41;
        assert!(row_of(&figures).contains("| **missed** |"));
        figures[4].value = 0.25;
        assert!(row_of(&figures).contains("| met the aim |"));
    }

    #[test]
    fn a_row_that_lacks_one_of_its_figures_is_not_measured() {
        let row = row(vec![against(Chain::Bare, Fanout::Prefix, 0.1)]);
        assert!(row.contains("| – | not measured | `make bench PART=envoy` |"), "{row}");
    }
}
