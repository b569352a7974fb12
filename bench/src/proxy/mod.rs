//! Envoys to measure, what stands behind them, and what asks them.

mod cpu;
mod load;
mod native;
mod process;
mod release;
mod reloading;
mod upstream;

pub(crate) use cpu::CpuClock;
pub(crate) use load::{Connection, Prepared};
use native::native;
pub(crate) use process::{Running, Serves, point_at_upstream};
pub(crate) use release::release;
pub(crate) use reloading::{Form, Reloading};
pub(crate) use upstream::{Upstream, address_of};
