//go:build tools

// Package lab keeps `go mod tidy` from dropping what only the build script asks for.
package lab

import _ "go.etcd.io/etcd/server/v3"
