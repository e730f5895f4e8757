// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

//go:build !patterns

package main

import (
	"bytes"

	"github.com/moby/patternmatcher/ignorefile"
)

func parse(content []byte) ([]string, error) { return ignorefile.ReadAll(bytes.NewReader(content)) }
