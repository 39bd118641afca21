package main

import (
	"errors"
	"net"
)

// notify tells systemd how we are, where it wants to hear it (Type=notify): sd_notify(3) is one datagram.
func notify(env func(string) (string, bool), state string) error {
	socket, _ := env("NOTIFY_SOCKET")
	if socket == "" {
		return nil
	}
	conn, err := net.Dial("unixgram", socket) // @ before it is Linux's abstract namespace, to Go too
	if err != nil {
		return err
	}
	_, err = conn.Write([]byte(state))
	return errors.Join(err, conn.Close())
}
