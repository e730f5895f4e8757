// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What Docker's own matcher makes of a .dockerignore: a second opinion for tests/test_dockerignore.py.
// A case per line comes as JSON, bytes in base64: {"rules": the file, "tree": [{"path", "folder"}], parents first}.
// The answer is {"kept": [path]}, parents of what is kept among them, or {"error": text}.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"

	"github.com/moby/patternmatcher"
)

// BuildKit's walk leaves out an excluded folder unread if no exception can reach into it, as far as plain prefixes tell
// (filter.go of github.com/tonistiigi/fsutil).
func enters(matcher *patternmatcher.PatternMatcher, folder string) bool {
	found := false
	for _, pattern := range matcher.Patterns() {
		prefix := strings.TrimSuffix(strings.TrimSuffix(pattern.String(), "/**"), "/*")
		if pattern.Exclusion() && strings.ContainsAny(prefix, `*[]?^\`) {
			return true
		}
		found = found || pattern.Exclusion() && strings.HasPrefix(prefix+"/", folder+"/")
	}
	return found
}

type entry struct {
	Path   []byte `json:"path"`
	Folder bool   `json:"folder"`
}

type problem struct {
	Rules []byte  `json:"rules"`
	Tree  []entry `json:"tree"`
}

type answer struct {
	Kept  [][]byte `json:"kept"`
	Error string   `json:"error"`
}

func solve(p problem) (out answer, err error) {
	patterns, err := parse(p.Rules)
	if err != nil {
		return out, err
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return out, err
	}
	type opened struct {
		path string
		info patternmatcher.MatchInfo
		kept bool
	}
	var above []*opened
	unread := "\x00"
	for _, each := range p.Tree {
		path := string(each.Path)
		if strings.HasPrefix(path, unread) {
			continue
		}
		for len(above) > 0 && !strings.HasPrefix(path, above[len(above)-1].path+"/") {
			above = above[:len(above)-1]
		}
		var parent patternmatcher.MatchInfo
		if len(above) > 0 {
			parent = above[len(above)-1].info
		}
		excluded, info, err := false, patternmatcher.MatchInfo{}, error(nil)
		if len(matcher.Patterns()) > 0 {
			excluded, info, err = matcher.MatchesUsingParentResults(path, parent)
		}
		if err != nil {
			return out, err
		}
		if excluded && each.Folder && !enters(matcher, path) {
			unread = path + "/"
			continue
		}
		if each.Folder {
			above = append(above, &opened{path, info, !excluded})
		}
		if excluded {
			continue
		}
		for _, folder := range above {
			if !folder.kept {
				folder.kept = true
				out.Kept = append(out.Kept, []byte(folder.path))
			}
		}
		out.Kept = append(out.Kept, each.Path)
	}
	return out, nil
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var p problem
		if err := json.Unmarshal(line, &p); err != nil {
			panic(err)
		}
		result, err := solve(p)
		if err != nil {
			result = answer{Error: err.Error()}
		}
		if err := out.Encode(result); err != nil {
			panic(err)
		}
	}
}
