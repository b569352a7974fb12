//! What the host calls: the exports of the module (proxy-wasm ABI 0.2.1, "Functions exposed by the
//! Wasm module").
//!
//! Only callbacks that have something to do are here. A host skips what a module lacks, so that a
//! request costs no call for bodies, trailers or logs that nobody looks at.
#![allow(unsafe_code, reason = "exported functions have names that the linker must keep")]

use crate::host::Next;
use crate::plugin::{self, Configured};
use crate::response::Pending;
use crate::{counters, memory, stream};
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

thread_local! {
    static CONTEXTS: RefCell<Contexts> = RefCell::default();
}

/// What the host knows by number. Numbers are never used again within a VM.
#[derive(Default)]
struct Contexts {
    /// Root contexts: one for each plugin and configuration of the VM.
    plugins: BTreeMap<u32, Option<Rc<Configured>>>,
    streams: HashMap<u32, Stream, FxBuildHasher>,
}

impl Contexts {
    /// Whether no plugin has a timer, by which it would tell what was counted.
    fn are_silent(&self) -> bool {
        !self.plugins.values().flatten().any(|plugin| plugin.has_timer())
    }
}

/// One request with its response.
struct Stream {
    configured: Option<Rc<Configured>>,
    /// Not there for a plain forward.
    pending: Option<Rc<Pending>>,
}

/// Nothing in here may call the host, which could call back. It is `None` where that has happened
/// all the same.
fn with<R>(f: impl FnOnce(&mut Contexts) -> R) -> Option<R> {
    CONTEXTS.with(|contexts| contexts.try_borrow_mut().ok().map(|mut contexts| f(&mut contexts)))
}

fn configured(plugin: u32) -> Option<Rc<Configured>> {
    with(|contexts| contexts.plugins.get(&plugin).cloned().flatten()).flatten()
}

/// Says which version of the interface this is; never called.
#[unsafe(no_mangle)]
extern "C" fn proxy_abi_version_0_2_1() {}

/// Hosts look for it, or for `_start`, to start a module. There is nothing to start.
#[unsafe(no_mangle)]
extern "C" fn _initialize() {}

/// Memory for what the host wants to hand over.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_memory_allocate(size: usize) -> *mut u8 {
    memory::lend(size)
}

/// A root context has no parent.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_context_create(context: u32, parent: u32) {
    with(|contexts| {
        if parent == 0 {
            contexts.plugins.insert(context, None);
        } else {
            let configured = contexts.plugins.get(&parent).cloned().flatten();
            contexts.streams.insert(context, Stream { configured, pending: None });
        }
    });
}

/// Whether the configuration is taken.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_configure(plugin: u32, _size: usize) -> bool {
    let Some(new) = plugin::configure() else { return false };
    let replaced = with(|contexts| {
        let old = contexts.plugins.insert(plugin, Some(Rc::new(new)));
        (old, contexts.are_silent())
    });
    if let Some((Some(_), true)) = replaced {
        counters::tell_all();
    }
    true
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_tick(plugin: u32) {
    if let Some(configured) = configured(plugin) {
        configured.tick();
    }
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_headers(context: u32, _headers: usize, _end: u32) -> Next {
    let stream = |contexts: &mut Contexts| contexts.streams.get(&context)?.configured.clone();
    let (next, pending) = stream::route(with(stream).flatten().as_deref());
    if let Some(pending) = pending {
        with(|contexts| {
            if let Some(stream) = contexts.streams.get_mut(&context) {
                stream.pending = Some(Rc::new(pending));
            }
        });
    }
    next
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_response_headers(context: u32, _headers: usize, _end: u32) -> Next {
    let pending = |contexts: &mut Contexts| contexts.streams.get(&context)?.pending.clone();
    if let Some(pending) = with(pending).flatten() {
        pending.carry_out();
    }
    Next::Continue
}

/// The end of a request; or of a configuration, whose requests are not counted any more.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_delete(context: u32) {
    let gone = with(|contexts| {
        if let Some(stream) = contexts.streams.remove(&context) {
            return (Some(stream), None, false);
        }
        let plugin = contexts.plugins.remove(&context).flatten();
        (None, plugin, contexts.are_silent())
    });
    if let Some((_, Some(configured), is_last)) = gone {
        configured.end();
        if is_last {
            counters::tell_all();
        }
    }
}
