;; Answers, pauses or closes; the path's second byte says where. The answer has the status 4xx or
;; 5xx, the header "X-R: 1", the body "no" and the details "why".
(data (i32.const 1024) ":path")
(data (i32.const 1032) "no")
(data (i32.const 1040) "why")
(data (i32.const 1056) "\01\00\00\00\03\00\00\00\01\00\00\00X-R\001\00")
(data (i32.const 1080) "x-f")
(global $mode (mut i32) (i32.const 0))

(func $answer (param $status i32)
    (call $number (call $reply (local.get $status) (i32.const 1040) (i32.const 3)
        (i32.const 1032) (i32.const 2) (i32.const 1056) (i32.const 18) (i32.const -1))))

(func $is (param $byte i32) (result i32) (i32.eq (global.get $mode) (local.get $byte)))

(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $get_header (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 8) (i32.const 12)))
    (global.set $mode (i32.load8_u offset=1 (i32.load (i32.const 8))))
    ;; r: the first of two counts, whatever is returned
    (if (call $is (i32.const 114)) (then (call $answer (i32.const 403)) (call $answer (i32.const 500))))
    ;; p, c
    (if (call $is (i32.const 112)) (then (return (i32.const 1))))
    (if (call $is (i32.const 99)) (then (call $number (call $close (i32.const 0)))))
    ;; n: paused and continued in one call
    (if (call $is (i32.const 110))
        (then (call $number (call $continue (i32.const 0))) (return (i32.const 1))))
    (i32.const 0))

(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
    (call $number (local.get 1))
    ;; b
    (if (call $is (i32.const 98)) (then (call $answer (i32.const 413)) (return (i32.const 1))))
    ;; h: holds the body until it is there as a whole
    (if (call $is (i32.const 104)) (then (return (i32.eqz (local.get 2)))))
    (i32.const 0))

(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    ;; In view only where the filter has answered the request's headers itself.
    (call $number (call $get_header (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 8) (i32.const 12)))
    (call $number (call $add_header (i32.const 2) (i32.const 1080) (i32.const 3) (i32.const 1032) (i32.const 2)))
    ;; s
    (if (call $is (i32.const 115)) (then (call $answer (i32.const 502))))
    (i32.const 0))

(func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
    (call $number (local.get 1))
    ;; t, q
    (if (call $is (i32.const 116)) (then (call $answer (i32.const 502))))
    (if (call $is (i32.const 113)) (then (return (i32.const 1))))
    (i32.const 0))
