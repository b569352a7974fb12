//! Which port of this machine serves which port of a Gateway.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

/// Added to a Gateway port that this machine does not give: 80 becomes 10080, 443 becomes 10443.
const OFFSET: u16 = 10_000;

/// What the user says about addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// The address of all ports.
    pub address: IpAddr,
    /// Ports of this machine for Gateway ports: to be had, or it is an error.
    pub ports: BTreeMap<u16, u16>,
}

/// On the loopback address, no port prescribed.
impl Default for Bind {
    fn default() -> Self {
        Self { address: Ipv4Addr::LOCALHOST.into(), ports: BTreeMap::new() }
    }
}

/// A port that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Nor any other on its behalf, if it was not prescribed.
    #[error("cannot listen on {address} for the Gateway port {port}: {source}")]
    Unavailable {
        /// The port of the Gateway.
        port: u16,
        /// Where it was to be served.
        address: SocketAddr,
        /// Why that fails.
        source: io::Error,
    },
}

impl Bind {
    /// Chooses for every Gateway port: what is prescribed; else the same number; else, where that
    /// is taken or needs privileges, the number 10,000 above it; else any that is free. What was
    /// chosen before stays.
    ///
    /// # Errors
    /// When a prescribed port cannot be had, or the address is not one of this machine.
    pub fn choose(
        &self,
        gateway_ports: &[u16],
        chosen: &BTreeMap<u16, SocketAddr>,
    ) -> Result<BTreeMap<u16, SocketAddr>, BindError> {
        self.choose_with(gateway_ports, chosen, |address| TcpListener::bind(address)?.local_addr())
    }

    fn choose_with(
        &self,
        gateway_ports: &[u16],
        chosen: &BTreeMap<u16, SocketAddr>,
        try_bind: impl Fn(SocketAddr) -> io::Result<SocketAddr>,
    ) -> Result<BTreeMap<u16, SocketAddr>, BindError> {
        let mut out = BTreeMap::new();
        let mut left = Vec::new();
        // A port in its own right comes before one that stands in for another.
        for &port in gateway_ports {
            if let Some(&address) = chosen.get(&port) {
                out.insert(port, address);
                continue;
            }
            let prescribed = self.ports.get(&port).copied();
            let address = SocketAddr::new(self.address, prescribed.unwrap_or(port));
            match try_bind(address) {
                Ok(address) => {
                    out.insert(port, address);
                }
                Err(error) if prescribed.is_none() && is_unavailable(&error) => left.push(port),
                Err(source) => return Err(BindError::Unavailable { port, address, source }),
            }
        }
        for port in left {
            let candidates = [port.checked_add(OFFSET), Some(0)].into_iter().flatten();
            let free = candidates.map(|port| SocketAddr::new(self.address, port)).find_map(|to| {
                try_bind(to).ok().filter(|bound| !out.values().any(|taken| taken == bound))
            });
            let Some(free) = free else {
                let address = SocketAddr::new(self.address, port);
                let source = ErrorKind::AddrInUse.into();
                return Err(BindError::Unavailable { port, address, source });
            };
            out.insert(port, free);
        }
        Ok(out)
    }
}

fn is_unavailable(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use super::{Bind, BindError};
    use std::collections::BTreeMap;
    use std::io::{self, ErrorKind};
    use std::net::{Ipv4Addr, SocketAddr, TcpListener};

    fn local(port: u16) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    }

    /// A machine on which ports below 1024 need privileges and `taken` are in use.
    fn machine(taken: &[u16]) -> impl Fn(SocketAddr) -> io::Result<SocketAddr> {
        move |address| match address.port() {
            0 => Ok(local(40_000)),
            port if port < 1024 => Err(ErrorKind::PermissionDenied.into()),
            port if taken.contains(&port) => Err(ErrorKind::AddrInUse.into()),
            _ => Ok(address),
        }
    }

    fn choose(bind: &Bind, ports: &[u16], taken: &[u16]) -> Result<Vec<(u16, u16)>, BindError> {
        let chosen = bind.choose_with(ports, &BTreeMap::new(), machine(taken))?;
        Ok(chosen.into_iter().map(|(port, address)| (port, address.port())).collect())
    }

    #[test]
    fn the_same_number_where_it_can_be_had() {
        assert_eq!(choose(&Bind::default(), &[8080], &[]).unwrap(), [(8080, 8080)]);
    }

    #[test]
    fn privileged_and_taken_ports_move_up() {
        let chosen = choose(&Bind::default(), &[80, 443, 8080], &[8080]).unwrap();
        assert_eq!(chosen, [(80, 10_080), (443, 10_443), (8080, 18_080)]);
    }

    #[test]
    fn a_port_of_the_gateway_is_not_given_away_to_another() {
        let chosen = choose(&Bind::default(), &[80, 10_080], &[]).unwrap();
        assert_eq!(chosen, [(80, 40_000), (10_080, 10_080)]);
    }

    #[test]
    fn a_port_too_high_to_move_up_gets_a_free_one() {
        assert_eq!(choose(&Bind::default(), &[60_000], &[60_000]).unwrap(), [(60_000, 40_000)]);
    }

    #[test]
    fn a_prescribed_port_is_taken_or_an_error() {
        let bind = Bind { ports: BTreeMap::from([(80, 9000)]), ..Bind::default() };
        assert_eq!(choose(&bind, &[80], &[]).unwrap(), [(80, 9000)]);
        let error = choose(&bind, &[80], &[9000]).unwrap_err().to_string();
        assert!(error.contains("127.0.0.1:9000 for the Gateway port 80"), "{error}");
    }

    #[test]
    fn what_is_served_already_stays_though_its_port_is_taken() {
        let taken = TcpListener::bind(local(0)).unwrap().local_addr().unwrap();
        let chosen = BTreeMap::from([(80, taken)]);
        assert_eq!(Bind::default().choose(&[80], &chosen).unwrap(), chosen);
    }

    #[test]
    fn an_address_of_another_machine_is_an_error() {
        let bind = Bind { address: [192, 0, 2, 1].into(), ..Bind::default() };
        assert!(bind.choose(&[8080], &BTreeMap::new()).is_err());
    }
}
