//! Compiled modules.

use wasmtime::{Config, InstancePre, OptLevel};

use crate::host::Host;
use crate::hostcall::Hostcall;
use crate::{Error, hostcalls};

const ABI_PREFIX: &str = "proxy_abi_version_";
const ABI_VERSIONS: [&str; 2] = ["proxy_abi_version_0_2_1", "proxy_abi_version_0_2_0"];

/// What compiles modules. A clone is the same engine.
#[derive(Clone, Debug)]
pub struct Engine(wasmtime::Engine);

impl Engine {
    /// An engine that counts fuel.
    ///
    /// # Errors
    /// [`Error::Engine`] where the machine is not supported.
    pub fn new() -> Result<Engine, Error> {
        let mut config = Config::new();
        config.consume_fuel(true).cranelift_opt_level(OptLevel::Speed);
        wasmtime::Engine::new(&config).map(Engine).map_err(|e| Error::Engine(format!("{e:#}")))
    }
}

/// A compiled module, ready for any number of VMs on any threads. A clone is the same module.
#[derive(Clone)]
pub struct Module {
    engine: wasmtime::Engine,
    instance: InstancePre<Host>,
}

impl Module {
    /// Compiles a module (the bytes of a `.wasm` file) on an engine of its own.
    ///
    /// # Errors
    /// See [`Module::compile`].
    pub fn new(bytes: &[u8]) -> Result<Module, Error> {
        Module::compile(&Engine::new()?, bytes)
    }

    /// Compiles a module (the bytes of a `.wasm` file).
    ///
    /// # Errors
    /// [`Error::Compile`] where it is not a valid module, [`Error::AbiVersion`],
    /// [`Error::UnknownImport`] or [`Error::Link`] where it does not fit the host.
    pub fn compile(engine: &Engine, bytes: &[u8]) -> Result<Module, Error> {
        let engine = &engine.0;
        let module = wasmtime::Module::from_binary(engine, bytes)
            .map_err(|e| Error::Compile(format!("{e:#}")))?;
        check_abi(&module)?;
        for import in module.imports() {
            if import.ty().func().is_none() || !Hostcall::offers(import.module(), import.name()) {
                return Err(Error::UnknownImport {
                    module: import.module().to_owned(),
                    name: import.name().to_owned(),
                });
            }
        }
        let link = |e: wasmtime::Error| Error::Link(format!("{e:#}"));
        let linker = hostcalls::linker(engine).map_err(link)?;
        let instance = linker.instantiate_pre(&module).map_err(link)?;
        Ok(Module { engine: engine.clone(), instance })
    }

    pub(crate) fn engine(&self) -> &wasmtime::Engine {
        &self.engine
    }

    pub(crate) fn instance(&self) -> &InstancePre<Host> {
        &self.instance
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").finish_non_exhaustive()
    }
}

fn check_abi(module: &wasmtime::Module) -> Result<(), Error> {
    let mut versions = module.exports().filter(|export| export.name().starts_with(ABI_PREFIX));
    let mut found = None;
    match versions.find(|export| {
        found = Some(export.name().to_owned());
        ABI_VERSIONS.contains(&export.name())
    }) {
        Some(_) => Ok(()),
        None => Err(Error::AbiVersion { found }),
    }
}
