//! The figures of this build, counted once for all tests.

use crate::requests::{self, Kind};
use crate::tables::Table;
use harness::{Cost, Module, Properties, Request, Response, Vm, VmOptions};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// What the size of a table must not show in.
pub(crate) const FEW: usize = 10;
/// A thousand times that.
pub(crate) const MANY: usize = 10_000;
/// What the memory is measured with.
const CONFIGURED: usize = 5_000;

/// The figures of this build.
pub(crate) static FIGURES: LazyLock<Figures> = LazyLock::new(Figures::count);

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    Fuel,
    Hostcalls,
    Pages,
    Bytes,
}

/// Counts by what they are of.
#[derive(Debug, Default)]
pub(crate) struct Figures(pub(crate) BTreeMap<(String, Unit), u64>);

impl Figures {
    pub(crate) const CONFIGURE: &str = "on_configure, 5000 simple routes";
    pub(crate) const CONFIGURATION: &str = "plugin configuration, 5000 simple routes";
    pub(crate) const MODULE: &str = "module";

    /// One figure.
    ///
    /// # Panics
    /// Where nothing of that name was counted.
    pub(crate) fn get(&self, what: &str, unit: Unit) -> u64 {
        self.0[&(what.to_owned(), unit)]
    }

    /// One figure of a request to a table of that many routes.
    ///
    /// # Panics
    /// Where nothing of that name was counted.
    pub(crate) fn request(&self, what: &str, routes: usize, unit: Unit) -> u64 {
        self.get(&name(what, routes), unit)
    }

    fn count() -> Self {
        let module = Module::new(filter_module::MODULE).expect("the module compiles");
        let mut figures = Self::default();
        let bytes = u64::try_from(filter_module::MODULE.len()).unwrap();
        figures.set(Self::MODULE, Unit::Bytes, bytes);

        let configuration = Table::Simple.configuration(CONFIGURED);
        let bytes = u64::try_from(configuration.len()).unwrap();
        figures.set(Self::CONFIGURATION, Unit::Bytes, bytes);
        let (cost, _) = configured(&module, &configuration);
        figures.set(Self::CONFIGURE, Unit::Fuel, cost.fuel);
        figures.set(Self::CONFIGURE, Unit::Pages, cost.memory_pages);

        for table in Table::OF_REQUESTS {
            for routes in [FEW, MANY] {
                let (_, mut vm) = configured(&module, &table.configuration(routes));
                for kind in requests::all(routes).into_iter().filter(|kind| kind.table == table) {
                    let cost = cost_of(&mut vm, &kind);
                    let what = name(kind.name, routes);
                    figures.set(&what, Unit::Fuel, cost.fuel);
                    figures.set(&what, Unit::Hostcalls, cost.hostcall_count());
                }
            }
        }
        figures
    }

    fn set(&mut self, what: &str, unit: Unit, figure: u64) {
        self.0.insert((what.to_owned(), unit), figure);
    }
}

fn name(what: &str, routes: usize) -> String {
    format!("{what}, {routes} routes")
}

/// A VM that has read a configuration, and what that cost.
fn configured(module: &Module, configuration: &[u8]) -> (Cost, Vm) {
    let mut vm = Vm::new(module, VmOptions::default()).expect("the module starts");
    let cost = vm.configure(configuration).expect("the configuration is good");
    (cost, vm)
}

/// What a request costs from its first byte to the end of its response, once the module has had one
/// like it.
fn cost_of(vm: &mut Vm, kind: &Kind) -> Cost {
    let mut send = |request: &Request| {
        let request = request.clone().properties(Properties::new().destination_port(80));
        vm.run(request, Response::new(200)).expect("the request is served")
    };
    let mut request = kind.request.clone();
    let first = send(&request);
    assert_eq!(kind.outcome(&first), kind.expected, "{}", kind.name);
    if kind.resumes {
        let cookie = first.response_headers.get("set-cookie").expect("a session begins");
        let pair = cookie.split(|byte| *byte == b';').next().unwrap_or_default();
        request = request.header("cookie", pair);
    }
    send(&request);
    send(&request).total_cost()
}

impl Unit {
    /// Whether the compiler that built the module has a part in it.
    pub(crate) fn is_of_compiler(self, what: &str) -> bool {
        match self {
            Self::Fuel | Self::Pages => true,
            Self::Hostcalls => false,
            Self::Bytes => what == Figures::MODULE,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fuel => "fuel",
            Self::Hostcalls => "hostcalls",
            Self::Pages => "pages",
            Self::Bytes => "bytes",
        })
    }
}
