//! `kgwc serve`

use super::input::{
    ObserveArgs, OptionArgs, Target, load, parse_port, say_unknown_ports, unknown_ports,
};
use super::{Outcome, output};
use crate::envoy::{Bind, Directory, find, serve};
use crate::lower::Lowered;
use crate::render::envoy;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueHint};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// Serves routes on this machine: compiles them, starts Envoy, follows changes of the files.
#[derive(Debug, Args)]
#[command(after_help = "Example: kgwc serve --stub-backends examples/matches")]
pub(super) struct Serve {
    /// Files and folders; they are followed
    #[arg(value_name = "INPUT", required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::LOCALHOST.into())]
    address: IpAddr,
    /// Port of this machine for a port of the Gateway, as 80=8080; can be repeated
    #[arg(long = "port", value_name = "GATEWAY=LOCAL", value_parser = parse_port)]
    ports: Vec<(u16, u16)>,
    /// A stub inside Envoy answers in place of every backend, with the request that it got
    #[arg(long)]
    stub_backends: bool,
    /// Show each request
    #[arg(long)]
    access_log: bool,
    /// Worker threads of Envoy; one for each processor when absent
    #[arg(long, value_name = "N")]
    concurrency: Option<NonZeroU32>,
    /// Certificates of the authorities that backends with TLS are checked by
    #[arg(long, value_name = "FILE", default_value = envoy::CA_FILE, value_hint = ValueHint::FilePath)]
    ca_file: String,
    #[command(flatten)]
    observe: ObserveArgs,
    #[command(flatten)]
    pub(super) options: OptionArgs,
}

impl Serve {
    pub(super) fn run(self) -> Result<Outcome> {
        if self.paths.iter().any(|path| path == Path::new("-")) {
            bail!("standard input cannot be followed: name files or folders");
        }
        let program = find()?;
        let directory = Directory::new().context("cannot make a folder for the module")?;
        let module = directory.path().join("kgwc.wasm");
        output::write_file(&module, filter_module::MODULE, output::Readers::Anybody)?;
        let settings = serve::Settings {
            program,
            module,
            watch: self.paths.clone(),
            bind: Bind { address: self.address, ports: self.ports.iter().copied().collect() },
            stub_backends: self.stub_backends,
            ca_file: self.ca_file.clone(),
            access_log: self.access_log,
            concurrency: self.concurrency,
        };
        let mut told = BTreeSet::new();
        let compile = || {
            let lowered = self.compile()?;
            let unknown = unknown_ports(&self.ports, &lowered);
            // Once, and not with every change of the files.
            if unknown != told {
                say_unknown_ports(&unknown, &lowered);
                told = unknown;
            }
            Some(lowered)
        };
        let served = serve::serve(&settings, compile, |event| output::say(&format!("{event}\n")));
        match served {
            Ok(()) => Ok(Outcome::Fine),
            Err(serve::ServeError::Input) => Ok(Outcome::Errors),
            Err(error) => Err(error.into()),
        }
    }

    /// Nothing where the input has errors, which are told.
    fn compile(&self) -> Option<Lowered> {
        let lowered = || -> Result<Option<Lowered>> {
            let observe = self.observe.observe(self.access_log);
            let target = Target { observe, ..Target::default() };
            let loaded = load(&self.paths, &self.options, &target)?;
            if !loaded.report(&self.options) {
                return Ok(None);
            }
            Ok(Some(loaded.gateway(&self.options)?.1.clone()))
        };
        lowered().unwrap_or_else(|error| {
            output::complain(&format!("{error:#}"));
            None
        })
    }
}
