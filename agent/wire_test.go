package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// wire is two network namespaces with two cables between them: pod, where an agent is put, and its peer.
type wire struct {
	pod, peer netns.NsHandle
}

// Addresses of the first and the second cable, at the pod and at the peer.
var (
	podAddresses  = []string{"10.77.0.1", "10.77.1.1"}
	peerAddresses = []string{"10.77.0.2", "10.77.1.2"}
)

func newWire(t *testing.T) *wire {
	t.Helper()
	needRoot(t)
	w := &wire{pod: newNamespace(t), peer: newNamespace(t)}
	in(t, w.pod, func() (struct{}, error) {
		for i := range podAddresses {
			cable := &netlink.Veth{
				LinkAttrs: netlink.LinkAttrs{Name: fmt.Sprintf("eth%d", i)},
				PeerName:  fmt.Sprintf("eth%d", i), PeerNamespace: netlink.NsFd(w.peer),
			}
			if err := netlink.LinkAdd(cable); err != nil {
				return struct{}{}, fmt.Errorf("add a cable: %w", err)
			}
		}
		return struct{}{}, errors.Join(plug(podAddresses, 1), up("lo"))
	})
	in(t, w.peer, func() (struct{}, error) { return struct{}{}, errors.Join(plug(peerAddresses, 2), up("lo")) })
	return w
}

func newNamespace(t *testing.T) netns.NsHandle {
	t.Helper()
	space := in(t, currentNamespace(t), func() (netns.NsHandle, error) { return netns.New() })
	t.Cleanup(func() { space.Close() })
	return space
}

func plug(addresses []string, last int) error {
	for i, address := range addresses {
		name := fmt.Sprintf("eth%d", i)
		link, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		for _, text := range []string{address + "/24", fmt.Sprintf("fd77:%x::%d/64", i, last)} {
			parsed, err := netlink.ParseAddr(text)
			if err != nil {
				return err
			}
			parsed.Flags = 0x02 // IFA_F_NODAD: usable at once
			if parsed.IP.To4() != nil {
				parsed.Flags = 0
			}
			if err := netlink.AddrAdd(link, parsed); err != nil {
				return fmt.Errorf("address %s: %w", text, err)
			}
		}
		if err := up(name); err != nil {
			return err
		}
	}
	return nil
}

func up(name string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(link)
}

// echo serves TCP in the pod, until the test ends.
func (w *wire) echo(t *testing.T, address string) string {
	t.Helper()
	listener := in(t, w.pod, func() (net.Listener, error) { return net.Listen("tcp", net.JoinHostPort(address, "0")) })
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				_, _ = io.Copy(connection, connection)
			}()
		}
	}()
	return listener.Addr().String()
}

// clients are connections from the peer to an echo server.
type clients []net.Conn

func (w *wire) connect(t *testing.T, address string, n int) clients {
	t.Helper()
	return in(t, w.peer, func() (clients, error) {
		var list clients
		for range n {
			connection, err := net.Dial("tcp", address)
			if err != nil {
				return nil, err
			}
			t.Cleanup(func() { connection.Close() })
			list = append(list, connection)
		}
		return list, nil
	})
}

// roundTrips has every client ask so many times, all at once, and gives all times, sorted.
func (c clients) roundTrips(t *testing.T, rounds int) []time.Duration {
	t.Helper()
	var mutex sync.Mutex
	var times []time.Duration
	var group sync.WaitGroup
	for _, connection := range c {
		group.Go(func() {
			for range rounds {
				took, err := roundTrip(connection)
				if err != nil {
					t.Errorf("round trip: %v", err)
					return
				}
				mutex.Lock()
				times = append(times, took)
				mutex.Unlock()
			}
		})
	}
	group.Wait()
	if t.Failed() {
		t.FailNow()
	}
	slices.Sort(times)
	return times
}

func (c clients) roundTrip(t *testing.T) time.Duration {
	t.Helper()
	return clients{c[0]}.roundTrips(t, 1)[0]
}

func roundTrip(connection net.Conn) (time.Duration, error) {
	begun := time.Now()
	if err := connection.SetDeadline(begun.Add(20 * time.Second)); err != nil {
		return 0, err
	}
	word := []byte("ping")
	if _, err := connection.Write(word); err != nil {
		return 0, err
	}
	if _, err := io.ReadFull(connection, word); err != nil {
		return 0, err
	}
	return time.Since(begun), nil
}

// stream is a UDP socket, in the pod mostly, and one at the other end that receives from it.
type stream struct {
	from, to net.Conn
}

func (w *wire) stream(t *testing.T, cable int) stream {
	t.Helper()
	return newStream(t, w.pod, w.peer, peerAddresses[cable]+":0")
}

// streamIn is one from the peer to the pod.
func (w *wire) streamIn(t *testing.T, cable int) stream {
	t.Helper()
	return newStream(t, w.peer, w.pod, podAddresses[cable]+":0")
}

func newStream(t *testing.T, from, to netns.NsHandle, address string) stream {
	t.Helper()
	receiver := in(t, to, func() (net.PacketConn, error) { return net.ListenPacket("udp", address) })
	holdAll(t, receiver.(*net.UDPConn))
	sender := in(t, from, func() (net.Conn, error) { return net.Dial("udp", receiver.LocalAddr().String()) })
	t.Cleanup(func() { sender.Close(); receiver.Close() })
	return stream{from: sender, to: receiver.(net.Conn)}
}

// holdAll has a socket keep what comes while its reader gets no processor: what is lost is to be lost by a fault.
func holdAll(t *testing.T, socket *net.UDPConn) {
	t.Helper()
	raw, err := socket.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var refused error
	err = raw.Control(func(fd uintptr) {
		refused = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20)
	})
	if err := errors.Join(err, refused); err != nil {
		t.Fatal(err)
	}
}

// port is the receiver's.
func (s stream) port() int { return s.to.LocalAddr().(*net.UDPAddr).Port }

func (s stream) send(t *testing.T, number int) {
	t.Helper()
	if _, err := s.from.Write(binary.BigEndian.AppendUint32(nil, uint32(number))); err != nil {
		t.Fatal(err)
	}
}

// findWay sends a first packet, and takes it: while the way to the receiver is not known, nothing can be sent there a second time.
func (s stream) findWay(t *testing.T) {
	t.Helper()
	s.send(t, 0)
	if _, ok := s.receive(t, 10*time.Second); !ok {
		t.Fatal("nothing came, before any fault")
	}
}

// receive waits so long for a number; false: none came.
func (s stream) receive(t *testing.T, limit time.Duration) (int, bool) {
	t.Helper()
	if err := s.to.SetReadDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 4)
	if _, err := io.ReadFull(s.to, buffer); err != nil {
		return 0, false
	}
	return int(binary.BigEndian.Uint32(buffer)), true
}
