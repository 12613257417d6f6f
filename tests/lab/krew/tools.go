//go:build tools

// Package lab keeps `go mod tidy` from dropping what only the build script asks for.
package lab

import (
	_ "sigs.k8s.io/krew/cmd/krew"
	_ "sigs.k8s.io/krew/cmd/validate-krew-manifest"
)
