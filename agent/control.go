package main

import (
	"encoding/json"
	"log"
	"net"
	"net/http"
	"time"
)

const controlTimeout = 5 * time.Second

// serveControl answers those who cannot get here by an exec, which needs the node's kubelet and its network: a fault of
// the node may hold up both. It can tell and end, and nothing else: whoever else gets at it can make no fault, only
// undo one.
//
//	GET /status   the faults of this agent
//	POST /stop    ends all of them, and tells how they are
func (a *agent) serveControl(listener net.Listener) error {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { a.tellControl(w) })
	routes.HandleFunc("POST /stop", func(w http.ResponseWriter, _ *http.Request) {
		a.endAll(reasonStop)
		a.noteIdle()
		a.tellControl(w)
	})
	server := &http.Server{
		Handler: routes, ReadTimeout: controlTimeout, WriteTimeout: 2 * controlTimeout, IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10,
	}
	return server.Serve(listener)
}

// tellControl tells the faults alone: what else is in the node's network namespace is nobody's business here.
func (a *agent) tellControl(w http.ResponseWriter) {
	answer := struct {
		OK     bool     `json:"ok"`
		Faults []Status `json:"faults"`
	}{OK: true, Faults: []Status{}}
	for _, r := range a.ledger.all() {
		answer.Faults = append(answer.Faults, a.status(r))
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		log.Printf("answer on the control port: %v", err)
	}
}

// listenControl listens where told; port 0 of the agent means that it has no control port.
func (a *agent) listenControl(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	a.controlPort = uint16(listener.Addr().(*net.TCPAddr).Port)
	return listener, nil
}

// needControl refuses a fault during which nobody could reach this agent but by its control port.
func (a *agent) needControl() error {
	if a.controlPort == 0 {
		return refuse("unsupported", "this agent serves without --control: nobody could end the fault before its deadline")
	}
	return nil
}
