package verify

import (
	"context"
	"errors"
	"io"
)

// Backup writes all of the store.
func (r *Registry) Backup(ctx context.Context, w io.Writer) error {
	return errors.ErrUnsupported
}
