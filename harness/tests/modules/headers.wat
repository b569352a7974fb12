;; Uses every header call on the request, and looks at the same map in later phases.
(data (i32.const 1024) "x-a")
(data (i32.const 1032) "X-Absent")
(data (i32.const 1048) "X-Set")
(data (i32.const 1056) "x-gone")
(data (i32.const 1064) "x-added")
(data (i32.const 1072) "\ff\fe")
(data (i32.const 1080) "host")

(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $number (local.get 1))
    (call $result (call $get_header (i32.const 0) (i32.const 1024) (i32.const 3) (i32.const 8) (i32.const 12)))
    (call $result (call $get_header (i32.const 0) (i32.const 1032) (i32.const 8) (i32.const 8) (i32.const 12)))
    (call $result (call $get_header (i32.const 0) (i32.const 1080) (i32.const 4) (i32.const 8) (i32.const 12)))
    (call $number (call $add_header (i32.const 0) (i32.const 1064) (i32.const 7) (i32.const 1072) (i32.const 2)))
    (call $number (call $set_header (i32.const 0) (i32.const 1048) (i32.const 5) (i32.const 1024) (i32.const 3)))
    (call $number (call $remove_header (i32.const 0) (i32.const 1056) (i32.const 6)))
    (call $number (call $remove_header (i32.const 0) (i32.const 1032) (i32.const 8)))
    ;; A map that does not exist, and a pointer outside of the memory.
    (call $number (call $remove_header (i32.const 8) (i32.const 1032) (i32.const 8)))
    (call $number (call $remove_header (i32.const 0) (i32.const 0x7fffffff) (i32.const 8)))
    (i32.const 0))

;; The request's headers have gone on: they are out of view.
(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (call $number (call $get_header (i32.const 0) (i32.const 1024) (i32.const 3) (i32.const 8) (i32.const 12)))
    (call $number (call $get_pairs (i32.const 0) (i32.const 8) (i32.const 12)))
    (call $number (i32.load (i32.const 12)))
    (call $number (call $add_header (i32.const 2) (i32.const 1064) (i32.const 7) (i32.const 1072) (i32.const 2)))
    (i32.const 0))

;; All maps can be read, none written.
(func (export "proxy_on_log") (param i32)
    (call $result (call $get_header (i32.const 0) (i32.const 1024) (i32.const 3) (i32.const 8) (i32.const 12)))
    (call $number (call $remove_header (i32.const 0) (i32.const 1024) (i32.const 3))))
