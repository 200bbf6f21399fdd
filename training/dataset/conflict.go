package dataset

import (
	"slices"

	"assay/inspection"
)

// Conflict is an image that stands in the set under both labels.
type Conflict struct {
	Digest string `json:"digest"`
	// Normal and Defective are the names under which it has that label, sorted.
	Normal    []string `json:"normal"`
	Defective []string `json:"defective"`
}

// Conflicts lists the identical images that are labelled differently, sorted by
// digest. Files that a survey of the content found undecodable are no images.
func (s *Survey) Conflicts() []Conflict {
	var list []Conflict
	for _, copies := range s.copies() {
		c := Conflict{Digest: s.Items[copies[0]].Digest}
		for _, i := range copies {
			if s.Items[i].Class == inspection.Defective {
				c.Defective = append(c.Defective, s.Items[i].Name)
			} else {
				c.Normal = append(c.Normal, s.Items[i].Name)
			}
		}
		if len(c.Normal) > 0 && len(c.Defective) > 0 {
			slices.Sort(c.Normal)
			slices.Sort(c.Defective)
			list = append(list, c)
		}
	}
	return list
}

// decodable leaves those conflicts that are of images: a survey of digests alone
// takes empty files for identical ones. It reads one file of each.
func (s *Survey) decodable(conflicts []Conflict) []Conflict {
	return slices.DeleteFunc(conflicts, func(c Conflict) bool {
		i := slices.IndexFunc(s.Items, func(item Item) bool { return item.Digest == c.Digest })
		data, err := s.Items[i].Read()
		if err == nil {
			_, err = Decode(data)
		}
		return err != nil
	})
}

// copies lists the indices of identical images, two and more, sorted by digest.
func (s *Survey) copies() [][]int {
	byDigest := map[string][]int{}
	for i, item := range s.Items {
		if i < len(s.Facts) && s.Facts[i].Err != nil {
			continue
		}
		byDigest[item.Digest] = append(byDigest[item.Digest], i)
	}
	var list [][]int
	for _, indices := range byDigest {
		if len(indices) > 1 {
			list = append(list, indices)
		}
	}
	slices.SortFunc(list, func(a, b []int) int {
		switch x, y := s.Items[a[0]].Digest, s.Items[b[0]].Digest; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return list
}
