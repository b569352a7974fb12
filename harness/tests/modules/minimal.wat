;; Nothing but what every module must have.
