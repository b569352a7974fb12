//! The patterns of the API, each with words for the person whose value does not match.

/// RFC 1123 host name in lower case, optionally with a leading wildcard label.
pub(super) const HOSTNAME: &str =
    r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// RFC 1123 subdomain: a host name without wildcard, a section name, an object name.
pub(super) const SUBDOMAIN: &str =
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// RFC 1123 label: a namespace.
pub(super) const LABEL: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
/// RFC 1035 label: the name of a Service.
pub(super) const DNS_LABEL: &str = "^[a-z]([-a-z0-9]*[a-z0-9])?$";
/// API group; empty is the core group.
pub(super) const GROUP: &str =
    r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// Kind of a resource.
pub(super) const KIND: &str = "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$";
/// Name of a header or query parameter: an RFC 9110 token.
pub(super) const HEADER_NAME: &str = r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$";
/// Value of a header: printable ASCII with single spaces or tabs inside.
pub(super) const HEADER_VALUE: &str = r"^[!-~]+([\t ]?[!-~]+)*$";
/// GEP-2257 duration.
pub(super) const DURATION: &str = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";
/// Origin of a CORS request, or `*`.
pub(super) const ORIGIN: &str =
    r"(^\*$)|(^([a-zA-Z][a-zA-Z0-9+\-.]+):\/\/([^:/?#]+)(:([0-9]{1,5}))?$)";
/// RFC 3986 path.
pub(super) const PATH: &str = "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$";
/// Protocol of a listener.
pub(super) const PROTOCOL: &str = r"^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$";
/// Type of a Gateway's address.
pub(super) const ADDRESS_TYPE: &str = r"^Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$";
/// Name of a Gateway controller.
pub(super) const CONTROLLER: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$";
/// AWS account number.
pub(super) const AWS_ACCOUNT: &str = "^[0-9]{12}$";
/// AWS region.
pub(super) const AWS_REGION: &str = "^[a-z0-9-]+$";
/// Name of a Lambda function.
pub(super) const LAMBDA_FUNCTION: &str = "^[A-Za-z0-9-_]{1,140}$";
/// Version or alias of a Lambda function.
pub(super) const LAMBDA_QUALIFIER: &str = r"^(\$LATEST|[0-9]+|[A-Za-z0-9-_]{1,128})$";
/// Endpoint of the Lambda service.
pub(super) const LAMBDA_ENDPOINT: &str = "^https?://[-a-zA-Z0-9@:%.+~#?&/=]+$";
/// Absolute URL of a test request.
pub(super) const REQUEST_URL: &str = "^https?://[^/?#]+";
/// `name` or `namespace/name`.
pub(super) const OBJECT: &str = "^([a-z0-9]([-a-z0-9]*[a-z0-9])?/)?[a-z0-9]([-.a-z0-9]*[a-z0-9])?$";
/// `[Kind/][namespace/]name[:port]` of a backend.
pub(super) const BACKEND: &str = r"^([A-Z][A-Za-z0-9]*/)?([a-z0-9]([-a-z0-9]*[a-z0-9])?/)?[a-z0-9]([-.a-z0-9]*[a-z0-9])?(:[0-9]{1,5})?$";

/// What a value has to look like, for a message such as "… is not WORDS".
pub(super) fn describe(pattern: &str) -> Option<&'static str> {
    Some(match pattern {
        HOSTNAME => "a host name in lower case, such as `example.com` or `*.example.com`",
        SUBDOMAIN => "a name of lower-case letters, digits, `-` and `.`, such as `my-name`",
        LABEL => "a name of lower-case letters, digits and `-`, such as `my-name`",
        DNS_LABEL => {
            "a name of lower-case letters, digits and `-` that begins with a letter, such as `my-service`"
        }
        GROUP => "an API group, such as `gateway.networking.k8s.io`, or empty for the core group",
        KIND => "a kind, such as `Service`",
        HEADER_NAME => "a name of letters, digits and any of !#$%&'*+-.^_`|~",
        HEADER_VALUE => "printable ASCII with single spaces or tabs inside",
        DURATION => {
            "a duration: one to four numbers of up to five digits, each with a unit (h, m, s, ms), such as `1h30m` or `500ms`"
        }
        ORIGIN => {
            "an origin, such as `https://example.com` or `https://*.example.com:8443`, or `*`"
        }
        PATH => "a path of letters, digits, any of /-._~!$&'()*+,;=:@ and %XX",
        PROTOCOL => "a protocol, such as `HTTP`, `HTTPS` or `example.com/my-protocol`",
        ADDRESS_TYPE => "a type of address, such as `IPAddress` or `Hostname`",
        CONTROLLER => "a controller name, such as `example.com/my-controller`",
        AWS_ACCOUNT => "an AWS account: twelve digits",
        AWS_REGION => "an AWS region, such as `us-east-1`",
        LAMBDA_FUNCTION => "a function name of up to 140 letters, digits, `-` and `_`",
        LAMBDA_QUALIFIER => "a version number, an alias or `$LATEST`",
        LAMBDA_ENDPOINT => {
            "a URL such as `http://127.0.0.1:9000`; an IPv6 address cannot stand in it"
        }
        REQUEST_URL => "a URL with scheme and host, such as `http://example.com/path`",
        OBJECT => "`name` or `namespace/name`",
        BACKEND => "`[Kind/][namespace/]name[:port]`, such as `httpbin:8000`",
        _ => return None,
    })
}
