;; Accepts a configuration unless it is "no" or "trap"; a VM configuration unless it is "no".
;; With the configuration "wait" the root context is done only at its next tick. Requests log the
;; configuration that they are served with.
(global $first (mut i32) (i32.const 0))
(data (i32.const 1024) "start")

(func (export "proxy_on_vm_start") (param i32 i32) (result i32)
    (call $say (i32.const 1024) (i32.const 5))
    (call $result (call $get_buffer (i32.const 6) (i32.const 0) (i32.const 99) (i32.const 8) (i32.const 12)))
    (i32.ne (local.get 1) (i32.const 2)))

;; The first byte of each root context's configuration is kept at 2048 + its id.
(func (export "proxy_on_configure") (param i32 i32) (result i32)
    (local $byte i32)
    (call $number (call $get_buffer (i32.const 7) (i32.const 0) (local.get 1) (i32.const 8) (i32.const 12)))
    (call $given)
    (local.set $byte (i32.load8_u (i32.load (i32.const 8))))
    (i32.store8 (i32.add (i32.const 2048) (local.get 0)) (local.get $byte))
    (if (i32.eq (local.get $byte) (i32.const 116)) (then (unreachable)))
    (i32.ne (local.get $byte) (i32.const 110)))

(func (export "proxy_on_context_create") (param i32 i32)
    (if (local.get 1) (then (call $say (i32.add (i32.const 2048) (local.get 1)) (i32.const 1)))))

(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    ;; Out of view by now.
    (call $number (call $get_buffer (i32.const 7) (i32.const 0) (i32.const 9) (i32.const 8) (i32.const 12)))
    (i32.const 0))

(func (export "proxy_on_done") (param i32) (result i32)
    (i32.ne (i32.load8_u (i32.add (i32.const 2048) (local.get 0))) (i32.const 119)))

(func (export "proxy_on_tick") (param i32)
    ;; Root context 1 is done; one that was not asked is not found.
    (call $number (call $set_context (i32.const 1)))
    (call $number (call $done))
    (call $number (call $set_context (local.get 0)))
    (call $number (call $done)))
