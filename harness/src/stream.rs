//! The state of one request on its way through the filter.

use std::collections::VecDeque;

use crate::headers::Kind;
use crate::{
    Action, Headers, LocalReply, Phase, Properties, Record, Request, Response, local_reply,
};

/// What is still to be shown to the module.
#[derive(Debug)]
pub(crate) enum Step {
    Headers { phase: Phase, end_of_stream: bool },
    Body { phase: Phase, piece: Vec<u8>, end_of_stream: bool },
    Trailers { phase: Phase },
}

/// Which maps the module can reach. Envoy takes a map away as soon as the filter lets it pass,
/// and gives all of them back, for reading, to `proxy_on_log`.
#[derive(Debug, Default)]
pub(crate) struct InView {
    pub(crate) request_headers: bool,
    pub(crate) request_trailers: bool,
    pub(crate) response_headers: bool,
    pub(crate) response_trailers: bool,
    pub(crate) log: bool,
}

/// The part of a body that the filter holds.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) in_view: bool,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) root: u32,
    pub(crate) record: Record,
    /// What the module can read.
    pub(crate) properties: Properties,
    pub(crate) in_view: InView,
    pub(crate) request_held: Held,
    pub(crate) response_held: Held,
    pub(crate) paused: Option<Phase>,
    /// The filter has asked to go on with the request, or the response.
    pub(crate) resume_request: bool,
    pub(crate) resume_response: bool,
    /// A local reply that is to be carried out after the current call.
    pub(crate) reply_due: Option<LocalReply>,
    /// The filter has asked to reset the stream.
    pub(crate) close_due: bool,
    /// The phase that was called last.
    progress: Option<Phase>,
    answered: bool,
    pending: VecDeque<Step>,
}

impl Stream {
    pub(crate) fn new(root: u32, request: Request) -> Stream {
        let Request { headers, body, trailers, end_of_stream, properties } = request;
        let mut stream = Stream {
            root,
            record: Record {
                request_headers: Headers::request(headers),
                request_trailers: Headers::trailers(trailers),
                response_headers: Headers::collect(Kind::Response, [("", ""); 0]),
                response_trailers: Headers::collect(Kind::Trailers, [("", ""); 0]),
                ..Record::default()
            },
            properties,
            in_view: InView::default(),
            request_held: Held::default(),
            response_held: Held::default(),
            paused: None,
            resume_request: false,
            resume_response: false,
            reply_due: None,
            close_due: false,
            progress: None,
            answered: false,
            pending: VecDeque::new(),
        };
        let trailers = !stream.record.request_trailers.is_empty();
        let phases = [Phase::RequestHeaders, Phase::RequestBody, Phase::RequestTrailers];
        stream.plan(phases, body, trailers, end_of_stream);
        stream
    }

    fn plan(&mut self, phases: [Phase; 3], body: Vec<Vec<u8>>, trailers: bool, ends: bool) {
        let [headers_phase, body_phase, trailers_phase] = phases;
        let last_piece = body.len();
        let end_of_stream = ends && last_piece == 0 && !trailers;
        self.pending.push_back(Step::Headers { phase: headers_phase, end_of_stream });
        for (index, piece) in body.into_iter().enumerate() {
            let end_of_stream = ends && index + 1 == last_piece && !trailers;
            self.pending.push_back(Step::Body { phase: body_phase, piece, end_of_stream });
        }
        if trailers {
            self.pending.push_back(Step::Trailers { phase: trailers_phase });
        }
    }

    /// Whether a response can come from upstream: the whole request has passed and there is none
    /// yet.
    pub(crate) fn awaits_response(&self) -> Result<(), crate::Error> {
        if self.answered || self.record.reset {
            return Err(crate::Error::Answered);
        }
        self.paused.map_or(Ok(()), |phase| Err(crate::Error::Paused { phase }))
    }

    pub(crate) fn answer(&mut self, response: Response) {
        let Response { headers, body, trailers } = response;
        self.answered = true;
        self.record.response_headers = Headers::response(headers);
        self.record.response_trailers = Headers::trailers(trailers);
        let trailers = !self.record.response_trailers.is_empty();
        let phases = [Phase::ResponseHeaders, Phase::ResponseBody, Phase::ResponseTrailers];
        self.plan(phases, body, trailers, true);
    }

    /// The next call into the module, after everything that the filter asked for in the last one
    /// has been done. None where the stream waits or nothing is left.
    pub(crate) fn next_step(&mut self) -> Option<Step> {
        if std::mem::take(&mut self.close_due) {
            self.reset();
        }
        if let Some(reply) = self.reply_due.take() {
            self.carry_out(reply);
        }
        let resume_request = std::mem::take(&mut self.resume_request);
        let resume_response = std::mem::take(&mut self.resume_response);
        if let Some(phase) = self.paused {
            let resumed = if phase.is_request() { resume_request } else { resume_response };
            if resumed {
                self.paused = None;
                self.release(phase);
            } else if !matches!(phase, Phase::RequestBody | Phase::ResponseBody) {
                return None;
            }
        }
        let step = self.pending.pop_front()?;
        self.progress = Some(match &step {
            Step::Headers { phase, .. } | Step::Body { phase, .. } | Step::Trailers { phase } => {
                *phase
            }
        });
        Some(step)
    }

    /// The filter has returned from a phase; a local reply holds the stream whatever it said.
    pub(crate) fn returned(&mut self, phase: Phase, action: Action) {
        if action == Action::Pause || self.reply_due.is_some() {
            self.paused = Some(phase);
            return;
        }
        self.paused = None;
        match phase {
            Phase::RequestHeaders => self.in_view.request_headers = false,
            Phase::RequestTrailers => self.in_view.request_trailers = false,
            Phase::ResponseHeaders => self.in_view.response_headers = false,
            Phase::ResponseTrailers => self.in_view.response_trailers = false,
            _ => {}
        }
        self.release(phase);
    }

    /// Lets the held body pass, which waits for the headers before it.
    fn release(&mut self, phase: Phase) {
        if phase.is_headers() {
            return;
        }
        let (held, passed) = if phase.is_request() {
            (&mut self.request_held, &mut self.record.request_body)
        } else {
            (&mut self.response_held, &mut self.record.response_body)
        };
        held.in_view = false;
        passed.append(&mut held.bytes);
    }

    /// During the request the reply goes through the response phases. While the filter has the
    /// response headers it takes the place of the response, past the filters. Later it is too
    /// late.
    fn carry_out(&mut self, reply: LocalReply) {
        if self.record.reset {
            return;
        }
        let (headers, body) = local_reply::compose(&reply, &self.record.request_headers);
        match self.progress {
            Some(Phase::ResponseHeaders) if self.paused.is_some() => {
                self.pending.clear();
                self.record.response_headers = headers;
                self.record.response_trailers = Headers::trailers([("", ""); 0]);
                self.record.response_body = body;
            }
            Some(phase) if !phase.is_request() => {
                self.reset();
                return;
            }
            _ => {
                self.pending.clear();
                self.record.response_headers = headers;
                let body = if body.is_empty() { Vec::new() } else { vec![body] };
                let phases = [Phase::ResponseHeaders, Phase::ResponseBody, Phase::ResponseTrailers];
                self.plan(phases, body, false, true);
            }
        }
        self.paused = None;
        self.answered = true;
        self.record.local_reply = Some(reply);
    }

    fn reset(&mut self) {
        self.pending.clear();
        self.paused = None;
        self.record.reset = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply() -> LocalReply {
        LocalReply {
            status: 500,
            headers: Vec::new(),
            body: Vec::new(),
            details: Vec::new(),
            grpc_status: None,
        }
    }

    /// Lets the filter return from the next phase, which must be this one.
    fn pass(stream: &mut Stream, expected: Phase, action: Action) {
        match stream.next_step() {
            Some(Step::Headers { phase, .. } | Step::Trailers { phase }) => {
                assert_eq!(phase, expected);
            }
            Some(Step::Body { phase, piece, .. }) => {
                assert_eq!(phase, expected);
                stream.request_held.bytes.extend(piece);
            }
            None => panic!("nothing is left, expected {expected}"),
        }
        stream.returned(expected, action);
    }

    #[test]
    fn a_reply_after_the_response_headers_have_gone_cannot_replace_them() {
        let mut stream = Stream::new(1, Request::get("h", "/"));
        pass(&mut stream, Phase::RequestHeaders, Action::Continue);
        assert!(stream.next_step().is_none());
        stream.answer(Response::new(200));
        pass(&mut stream, Phase::ResponseHeaders, Action::Continue);
        stream.reply_due = Some(reply());
        assert!(stream.next_step().is_none());
        assert_eq!(stream.record.status(), Some(200));
        assert_eq!(stream.record.local_reply, None);
        assert!(stream.record.reset);
    }

    #[test]
    fn a_reply_while_the_response_headers_are_held_replaces_them() {
        let mut stream = Stream::new(1, Request::get("h", "/"));
        pass(&mut stream, Phase::RequestHeaders, Action::Continue);
        stream.answer(Response::new(200).body("up"));
        pass(&mut stream, Phase::ResponseHeaders, Action::Pause);
        assert!(stream.next_step().is_none());
        stream.reply_due = Some(reply());
        assert!(stream.next_step().is_none());
        assert_eq!(stream.record.status(), Some(500));
        assert!(!stream.record.reset);
    }

    #[test]
    fn a_held_body_passes_when_the_request_goes_on() {
        let mut stream = Stream::new(1, Request::get("h", "/").body("ab").body("c"));
        pass(&mut stream, Phase::RequestHeaders, Action::Continue);
        pass(&mut stream, Phase::RequestBody, Action::Pause);
        pass(&mut stream, Phase::RequestBody, Action::Pause);
        assert!(stream.next_step().is_none());
        assert_eq!(stream.record.request_body, b"");
        stream.resume_response = true;
        assert!(stream.next_step().is_none());
        assert_eq!(stream.paused, Some(Phase::RequestBody), "the other direction");
        stream.resume_request = true;
        assert!(stream.next_step().is_none());
        assert_eq!(stream.record.request_body, b"abc");
        assert_eq!(stream.awaits_response(), Ok(()));
    }
}
