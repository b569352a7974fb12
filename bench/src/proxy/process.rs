//! An Envoy that serves a table of routes.

use super::{CpuClock, Upstream, native};
use crate::workload::Workload;
use anyhow::{Context, Result};
use kgwc::envoy::{Directory, Envoy, Settings, find};
use kgwc::lower::{Endpoint, Endpoints, Lowered};
use kgwc::render::envoy::{Options, bootstrap};
use std::fs;
use std::net::SocketAddr;

/// What matches requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Serves {
    /// The module.
    Module,
    /// Routes of Envoy's own.
    Native,
}

/// An Envoy with one worker.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) clock: CpuClock,
    /// Stopped when dropped.
    pub(crate) envoy: Envoy,
}

/// Puts a loopback address of the upstream in the place of each backend.
pub(crate) fn point_at_upstream(lowered: &mut Lowered, upstream: &Upstream) {
    // Both come in the order of the numbers.
    for (service, cluster) in lowered.clusters.iter_mut().enumerate() {
        let address = upstream.address(service);
        let endpoint = Endpoint { host: address.ip().to_string(), port: address.port() };
        cluster.endpoints = Endpoints::Static(vec![endpoint]);
    }
}

impl Running {
    /// Serves a Gateway as `kgwc compile --emit envoy` writes it, with or without its access log.
    pub(crate) fn start(
        workload: &Workload,
        lowered: &Lowered,
        serves: Serves,
        access_log: bool,
    ) -> Result<Self> {
        let directory = Directory::new()?;
        let module = directory.path().join("kgwc.wasm");
        fs::write(&module, filter_module::MODULE)?;
        let module = module.to_string_lossy().into_owned();
        let options = Options { access_log, ..Options::on_free_ports(lowered, module) };
        let mut document = bootstrap(lowered, &options);
        if serves == Serves::Native {
            native(&mut document, workload)?;
        }
        Self::of(Envoy::start(&find()?, directory, &document, &Settings::default())?)
    }

    /// An Envoy that serves already.
    pub(crate) fn of(envoy: Envoy) -> Result<Self> {
        let address = envoy.address(80).context("Envoy does not serve the Gateway")?;
        let clock = CpuClock::of(&envoy)?;
        Ok(Self { address, clock, envoy })
    }
}
