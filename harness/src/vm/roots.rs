//! Configurations and their root contexts.

use super::Vm;
use super::enter::{check, enter};
use crate::host::Root;
use crate::{Cost, Error};

impl Vm {
    /// Puts a configuration in force: a new root context, `proxy_on_vm_start` and
    /// `proxy_on_configure`. The root context before it stays until its last request has ended;
    /// where the new one is refused, it stays in force.
    ///
    /// A trap here fails the VM. [`Vm::update`] tries in another VM first, as a proxy does.
    ///
    /// Returns what `proxy_on_configure` cost.
    ///
    /// # Errors
    /// [`Error::StartRejected`], [`Error::ConfigurationRejected`], [`Error::Trap`],
    /// [`Error::VmFailed`].
    pub fn configure(&mut self, configuration: impl AsRef<[u8]>) -> Result<Cost, Error> {
        check(self.store.data())?;
        let configuration = configuration.as_ref();
        let id = self.next_context();
        let host = self.store.data_mut();
        host.roots.insert(id, Root::default());
        host.plugin_configuration = Some(configuration.to_vec());
        let size = u32::try_from(configuration.len()).unwrap_or(u32::MAX);
        let result = self.start_root(id, size);
        self.store.data_mut().plugin_configuration = None;
        match result {
            Ok(cost) => {
                if let Some(old) = self.root.replace(id) {
                    self.drain(old)?;
                }
                self.settle()?;
                Ok(cost)
            }
            Err(error) => {
                if check(self.store.data()).is_ok() {
                    self.drain(id)?;
                }
                Err(error)
            }
        }
    }

    /// Tries the configuration in a VM of its own, as Envoy does, and only if it is accepted
    /// there puts it in force here. A refusal or a trap leaves this VM as it was.
    ///
    /// # Errors
    /// Those of [`Vm::new`] and [`Vm::configure`].
    pub fn update(&mut self, configuration: impl AsRef<[u8]>) -> Result<Cost, Error> {
        check(self.store.data())?;
        let configuration = configuration.as_ref();
        Vm::new(&self.module, self.options.clone())?.configure(configuration)?;
        self.configure(configuration)
    }

    fn start_root(&mut self, id: u32, configuration_size: u32) -> Result<Cost, Error> {
        let store = &mut self.store;
        if let Some(create) = &self.exports.on_context_create {
            enter(store, "proxy_on_context_create", id, create, (id, 0))?;
        }
        if let Some(on_vm_start) = &self.exports.on_vm_start {
            let size = u32::try_from(self.options.vm_configuration.len()).unwrap_or(u32::MAX);
            let (started, _) = enter(store, "proxy_on_vm_start", id, on_vm_start, (id, size))?;
            if started == 0 {
                return Err(Error::StartRejected);
            }
        }
        let Some(on_configure) = &self.exports.on_configure else {
            return Ok(Cost::default());
        };
        let params = (id, configuration_size);
        let (accepted, cost) = enter(store, "proxy_on_configure", id, on_configure, params)?;
        if accepted == 0 { Err(Error::ConfigurationRejected) } else { Ok(cost) }
    }

    /// Ends a root context that is no longer in force, unless a request still needs it.
    fn drain(&mut self, id: u32) -> Result<(), Error> {
        let host = self.store.data();
        if host.streams.values().any(|stream| stream.root == id) {
            return Ok(());
        }
        if let Some(on_done) = &self.exports.on_done
            && host.roots.get(&id).is_some_and(|root| !root.pending_done)
        {
            let (done, _) = enter(&mut self.store, "proxy_on_done", id, on_done, id)?;
            if done == 0 {
                if let Some(root) = self.store.data_mut().roots.get_mut(&id) {
                    root.pending_done = true;
                }
                return Ok(());
            }
        }
        self.delete_root(id)
    }

    /// Drains the root context of a request that has ended, if it is not in force any more.
    pub(super) fn release_root(&mut self, id: u32) -> Result<(), Error> {
        if self.root == Some(id) { Ok(()) } else { self.drain(id) }
    }

    /// Ends the root contexts that have said by `proxy_done` that they are done.
    pub(super) fn delete_done_roots(&mut self) -> Result<(), Error> {
        while let Some(id) =
            self.store.data().roots.iter().find(|(_, root)| root.done).map(|(&id, _)| id)
        {
            self.delete_root(id)?;
        }
        Ok(())
    }

    fn delete_root(&mut self, id: u32) -> Result<(), Error> {
        if let Some(on_delete) = &self.exports.on_delete {
            enter(&mut self.store, "proxy_on_delete", id, on_delete, id)?;
        }
        let host = self.store.data_mut();
        host.roots.remove(&id);
        host.queues.retain(|_, root| *root != id);
        Ok(())
    }

    /// Ends everything, as a proxy that shuts down: open requests, then the configuration in
    /// force. Returns whether no root context is left; one stays that does not say it is done.
    ///
    /// # Errors
    /// [`Error::Trap`], [`Error::VmFailed`].
    pub fn shut_down(&mut self) -> Result<bool, Error> {
        check(self.store.data())?;
        while let Some(id) = self.store.data().streams.keys().next().copied() {
            self.end_stream(id)?;
        }
        if let Some(root) = self.root.take() {
            self.drain(root)?;
        }
        self.settle()?;
        Ok(self.root_contexts() == 0)
    }
}
