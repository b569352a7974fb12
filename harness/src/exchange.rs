//! One request in progress.

use std::ops::Deref;

use crate::{Error, Phase, Record, Response, Vm};

/// A request that has been put through the request phases, and what the filter did with it so
/// far (it dereferences to its [`Record`]).
///
/// It ends with [`finish`](Exchange::finish), or when it goes out of scope.
#[derive(Debug)]
#[must_use = "a request that is not finished ends at once"]
pub struct Exchange<'vm> {
    vm: &'vm mut Vm,
    id: u32,
    /// Stands in for the record of a stream that is not there.
    empty: Record,
    open: bool,
}

impl<'vm> Exchange<'vm> {
    pub(crate) fn new(vm: &'vm mut Vm, id: u32) -> Exchange<'vm> {
        Exchange { vm, id, empty: Record::default(), open: true }
    }

    /// The id of the context, as the module knows it.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Where the filter holds the request or response; none where it does not.
    #[must_use]
    pub fn paused(&self) -> Option<Phase> {
        self.vm.stream(self.id)?.paused
    }

    /// Puts the response of the upstream through the response phases.
    ///
    /// # Errors
    /// [`Error::Paused`] where the upstream has not got the request yet, [`Error::Answered`]
    /// where there is a response already (a local reply, too), [`Error::Trap`],
    /// [`Error::VmFailed`].
    pub fn respond(&mut self, response: Response) -> Result<(), Error> {
        self.vm.respond(self.id, response)
    }

    /// Ends the request: `proxy_on_log`, `proxy_on_done`, `proxy_on_delete`.
    ///
    /// # Errors
    /// [`Error::Trap`], [`Error::VmFailed`].
    pub fn finish(mut self) -> Result<Record, Error> {
        self.open = false;
        self.vm.end_stream(self.id)
    }

    /// Leaves the request open, to go back to it with [`Vm::attach`]: so several can be open at
    /// once, and the configuration or the time can change while they are.
    pub fn detach(mut self) -> u32 {
        self.open = false;
        self.id
    }
}

impl Deref for Exchange<'_> {
    type Target = Record;

    fn deref(&self) -> &Record {
        self.vm.stream(self.id).map_or(&self.empty, |stream| &stream.record)
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        if std::thread::panicking() {
            self.vm.forget_stream(self.id);
            return;
        }
        // A trap here fails the VM, which then says so at the next call.
        let _ = self.vm.end_stream(self.id);
    }
}
