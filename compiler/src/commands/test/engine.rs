//! The engines that `kgwc test` can run.

use crate::lower::Lowered;
use crate::settings::EngineName;
use crate::testing::{Engine, Live, Native, Target};
#[cfg(feature = "module")]
use crate::testing::{EngineError, InEnvoy, InModule};
#[cfg(feature = "module")]
use anyhow::Context;
use anyhow::Result;
use clap::ValueEnum;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum EngineArg {
    /// The module that ships, in wasmtime
    #[cfg(feature = "module")]
    #[default]
    Module,
    /// The same routes without the module: fastest
    #[cfg_attr(not(feature = "module"), default)]
    Native,
    /// A real Envoy with the module and a stub for every backend
    #[cfg(feature = "module")]
    Envoy,
}

impl EngineArg {
    /// The engine that settings name.
    pub(super) fn named(name: EngineName) -> Result<Self> {
        Ok(match name {
            EngineName::Native => Self::Native,
            #[cfg(feature = "module")]
            EngineName::Module => Self::Module,
            #[cfg(feature = "module")]
            EngineName::Envoy => Self::Envoy,
            #[cfg(not(feature = "module"))]
            EngineName::Module | EngineName::Envoy => {
                anyhow::bail!("this kgwc was built without the module: set `engine` to native")
            }
        })
    }

    pub(super) fn is_envoy(self) -> bool {
        #[cfg(feature = "module")]
        return self == Self::Envoy;
        #[cfg(not(feature = "module"))]
        false
    }
}

/// Starts engines; the module is compiled once.
pub(super) struct Engines {
    engine: EngineArg,
    live: Vec<Target>,
    token: Option<String>,
    #[cfg(feature = "module")]
    module: Option<harness::Module>,
}

impl Engines {
    /// `live` are the places of a gateway that is asked in place of an engine.
    pub(super) fn new(engine: EngineArg, live: Vec<Target>, token: Option<String>) -> Self {
        Self {
            engine,
            live,
            token,
            #[cfg(feature = "module")]
            module: None,
        }
    }

    pub(super) fn engine(&self) -> EngineArg {
        self.engine
    }

    pub(super) fn start(&mut self, lowered: &Lowered) -> Result<Box<dyn Engine>> {
        if !self.live.is_empty() {
            let (live, token) = (self.live.clone(), self.token.clone());
            return Ok(Box::new(Live::new(live, token, lowered)?));
        }
        Ok(match self.engine {
            EngineArg::Native => Box::new(Native::new(&lowered.config)?),
            #[cfg(feature = "module")]
            EngineArg::Module => {
                let module = match self.module.take() {
                    Some(module) => module,
                    None => harness::Module::new(filter_module::MODULE)
                        .map_err(EngineError::failed)
                        .context("the module does not load")?,
                };
                let module = self.module.insert(module);
                Box::new(InModule::start(module, lowered).context("the module does not start")?)
            }
            #[cfg(feature = "module")]
            EngineArg::Envoy => Box::new(InEnvoy::new(filter_module::MODULE, lowered)?),
        })
    }

    /// The bytes of the module, where the engine runs it.
    pub(super) fn module(&self) -> Option<&'static [u8]> {
        match self.engine {
            _ if !self.live.is_empty() => None,
            EngineArg::Native => None,
            #[cfg(feature = "module")]
            EngineArg::Module | EngineArg::Envoy => Some(filter_module::MODULE),
        }
    }
}
