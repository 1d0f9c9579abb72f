package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

const (
	device      = "eth0"
	podAddress  = "10.78.0.1"
	peerAddress = "10.78.0.2"
)

// wire is two network namespaces with a cable between them.
type wire struct{ pod, peer netns.NsHandle }

func newWire() (*wire, error) {
	w := &wire{}
	for _, space := range []*netns.NsHandle{&w.pod, &w.peer} {
		made := make(chan error)
		go func() {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			var err error
			*space, err = netns.New()
			made <- err
		}()
		if err := <-made; err != nil {
			return nil, fmt.Errorf("make a network namespace: %w", err)
		}
	}
	err := within(w.pod, func() error {
		return netlink.LinkAdd(&netlink.Veth{
			LinkAttrs: netlink.LinkAttrs{Name: device}, PeerName: device, PeerNamespace: netlink.NsFd(w.peer),
		})
	})
	return w, errors.Join(err, within(w.pod, func() error { return plug(podAddress) }), within(w.peer, func() error { return plug(peerAddress) }))
}

func plug(address string) error {
	link, err := netlink.LinkByName(device)
	if err != nil {
		return err
	}
	parsed, err := netlink.ParseAddr(address + "/24")
	if err != nil {
		return err
	}
	return errors.Join(netlink.AddrAdd(link, parsed), netlink.LinkSetUp(link))
}

func (w *wire) close() error { return errors.Join(w.pod.Close(), w.peer.Close()) }

// within runs f on a thread that is in a network namespace; processes started and sockets opened there are, too.
func within(space netns.NsHandle, f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := netns.Set(space)
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// load is connections from the peer to a server in the pod that sends everything back.
type load struct {
	listener    net.Listener
	connections []net.Conn
}

func (w *wire) connect(count int) (*load, error) {
	l := &load{}
	err := within(w.pod, func() (err error) {
		l.listener, err = net.Listen("tcp", podAddress+":0")
		return err
	})
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			connection, err := l.listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				_, _ = io.Copy(connection, connection)
			}()
		}
	}()
	err = within(w.peer, func() error {
		for range count {
			connection, err := net.Dial("tcp", l.listener.Addr().String())
			if err != nil {
				return err
			}
			l.connections = append(l.connections, connection)
		}
		return nil
	})
	return l, err
}

func (l *load) close() {
	for _, connection := range l.connections {
		_ = connection.Close()
	}
	_ = l.listener.Close()
}

// roundTrips sends from all connections together so many packets a second, whatever has come back, and gives how
// long each took to come back. A packet is a time.
func (l *load) roundTrips(lasts time.Duration) ([]time.Duration, error) {
	zero := time.Now()
	every := time.Second * time.Duration(len(l.connections)) / packetsASecond
	count := int(lasts / every)
	var mutex sync.Mutex
	var times []time.Duration
	var problems []error
	var tasks sync.WaitGroup
	note := func(err error) {
		mutex.Lock()
		defer mutex.Unlock()
		problems = append(problems, err)
	}
	for i, connection := range l.connections {
		if err := connection.SetDeadline(zero.Add(lasts + 20*time.Second)); err != nil {
			return nil, err
		}
		tasks.Go(func() {
			// each at its own time, not all at once
			offset := every * time.Duration(i) / time.Duration(len(l.connections))
			for n := range count {
				time.Sleep(time.Until(zero.Add(offset + every*time.Duration(n))))
				if _, err := connection.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Since(zero)))); err != nil {
					note(err)
					return
				}
			}
		})
		tasks.Go(func() {
			buffer := make([]byte, 8)
			own := make([]time.Duration, 0, count)
			for range count {
				if _, err := io.ReadFull(connection, buffer); err != nil {
					note(err)
					return
				}
				own = append(own, time.Since(zero)-time.Duration(binary.BigEndian.Uint64(buffer)))
			}
			mutex.Lock()
			defer mutex.Unlock()
			times = append(times, own...)
		})
	}
	tasks.Wait()
	return times, errors.Join(problems...)
}

// datagrams sends so many from the pod, at a rate, and gives how many came.
func (w *wire) datagrams(count, aSecond int) (int, error) {
	var receiver net.PacketConn
	err := within(w.peer, func() (err error) {
		receiver, err = net.ListenPacket("udp", peerAddress+":0")
		return err
	})
	if err != nil {
		return 0, err
	}
	defer receiver.Close()
	var sender net.Conn
	err = within(w.pod, func() (err error) {
		sender, err = net.Dial("udp", receiver.LocalAddr().String())
		return err
	})
	if err != nil {
		return 0, err
	}
	defer sender.Close()
	sent := make(chan error, 1)
	go func() {
		zero := time.Now()
		for n := range count {
			time.Sleep(time.Until(zero.Add(time.Second * time.Duration(n) / time.Duration(aSecond))))
			if _, err := sender.Write([]byte{1}); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	came := 0
	buffer := make([]byte, 16)
	for {
		// the last has been sent, and a second is long for a cable between two namespaces
		if err := receiver.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			return 0, err
		}
		if _, _, err := receiver.ReadFrom(buffer); err != nil {
			return came, <-sent
		}
		came++
	}
}
