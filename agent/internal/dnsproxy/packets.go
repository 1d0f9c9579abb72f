package dnsproxy

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/conntrack"
)

// servePackets answers what comes by UDP, each query by itself.
func (p *Proxy) servePackets(socket *net.UDPConn) {
	buffer := make([]byte, maxMessage)
	for {
		n, client, err := socket.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			log.Printf("a query by UDP: %v", err)
			continue
		}
		select {
		case p.slots <- struct{}{}:
		default:
			p.failed.Add(1)
			continue
		}
		message := bytes.Clone(buffer[:n])
		p.tasks.Go(func() {
			defer func() { <-p.slots }()
			p.servePacket(socket, client, message)
		})
	}
}

func (p *Proxy) servePacket(socket *net.UDPConn, client netip.AddrPort, message []byte) {
	local := unmapped(socket.LocalAddr().(*net.UDPAddr).AddrPort())
	flow, err := p.flows.OfReply(conntrack.Tuple{Protocol: unix.IPPROTO_UDP, From: local, To: unmapped(client)})
	if err != nil {
		log.Printf("a query from %v: which server it is for cannot be told: %v", client, err)
		p.failed.Add(1)
		return
	}
	server := flow.Original.To
	if server == local {
		p.failed.Add(1) // it was not redirected, but sent to the proxy itself
		return
	}
	answer, forward := p.handle(message, server, 0)
	if forward {
		p.forwarded.Add(1)
		if answer, err = p.exchangePacket(p.ctx, message, server); err != nil {
			p.failed.Add(1)
			return
		}
	}
	if answer != nil {
		if _, err := socket.WriteToUDPAddrPort(answer, client); err != nil && p.ctx.Err() == nil {
			log.Printf("answer to %v: %v", client, err)
		}
	}
}

func unmapped(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

func (p *Proxy) forgetFlowOf(connection net.Conn) error {
	local, remote := connection.LocalAddr().(*net.UDPAddr), connection.RemoteAddr().(*net.UDPAddr)
	return p.flows.Forget(conntrack.Flow{Original: conntrack.Tuple{
		Protocol: unix.IPPROTO_UDP, From: unmapped(local.AddrPort()), To: unmapped(remote.AddrPort()),
	}})
}

// exchangePacket sends a query to a server as it is, and waits for the answer to it.
func (p *Proxy) exchangePacket(ctx context.Context, message []byte, server netip.AddrPort) ([]byte, error) {
	connection, err := p.dial(ctx, "udp", server)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	// The kernel remembers a flow of UDP longer than its socket lasts, and whoever has its port next is taken for it. So a client of the pod would
	// pass the redirect by, as this query does, or this query would be redirected to the proxy itself, as a client's was.
	if err := p.forgetFlowOf(connection); err != nil {
		return nil, err
	}
	defer func() {
		if err := p.forgetFlowOf(connection); err != nil {
			log.Printf("the flow of a query sent on: %v", err)
		}
	}()
	defer context.AfterFunc(ctx, func() { connection.Close() })()
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := connection.Write(message); err != nil {
		return nil, err
	}
	buffer := make([]byte, maxMessage)
	for {
		n, err := connection.Read(buffer)
		if err != nil {
			return nil, err
		}
		if n < 2 || len(message) < 2 || binary.BigEndian.Uint16(buffer) == binary.BigEndian.Uint16(message) {
			return buffer[:n], nil
		}
	}
}
