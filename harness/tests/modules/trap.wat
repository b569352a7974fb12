;; Logs, then traps, loops for ever or grows its memory; the path's second byte says which.
(data (i32.const 1024) ":path")
(data (i32.const 1032) "last words")
(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (local $mode i32)
    (drop (call $get_header (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 8) (i32.const 12)))
    (local.set $mode (i32.load8_u offset=1 (i32.load (i32.const 8))))
    (if (i32.eq (local.get $mode) (i32.const 116)) (then
        (call $say (i32.const 1032) (i32.const 10))
        (unreachable)))
    (if (i32.eq (local.get $mode) (i32.const 108)) (then (loop $ever (br $ever))))
    (if (i32.eq (local.get $mode) (i32.const 103)) (then
        (call $number (i32.and (memory.grow (i32.const 1)) (i32.const 63)))))
    (i32.const 0))
