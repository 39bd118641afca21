package verify

// Catalogue is the certifications of an academy, as data.
type Catalogue struct{ Certifications []Certification }

// Find returns a certification by its slug.
func (c *Catalogue) Find(slug string) (Certification, bool) {
	for _, x := range c.Certifications {
		if x.Slug == slug {
			return x, true
		}
	}
	return Certification{}, false
}

// CertificationState says whether a certification can be granted (rule 9).
type CertificationState string

const (
	Open         CertificationState = "open"
	Closed       CertificationState = "closed"       // to new grants; renewals go on
	Discontinued CertificationState = "discontinued" // neither; what was granted stays
)

// Certification is an entry of the catalogue.
type Certification struct {
	Slug, Title   string
	Summary       string // one sentence: what it is
	Audience      string // who may take it (rule 7)
	State         CertificationState
	Editions      []Edition // oldest first; the last is what is granted unless said
	Validity      Validity
	Exam          *Exam      // nil: none
	Practicum     *Practicum // nil: none
	Prerequisites []string   // slugs
	Recommended   []string   // slugs: shown, never enforced (rule 8)
	Organisation  bool       // an organisation may hold it (rule 32)
	Tiers         []string   // lowest first; empty: none
}

// Newest returns the edition that is granted unless said.
func (c Certification) Newest() Edition {
	for i := len(c.Editions) - 1; i >= 0; i-- {
		if !c.Editions[i].Legacy {
			return c.Editions[i]
		}
	}
	return Edition{}
}

// Edition returns an edition by its name. A legacy one is listed and never counts (rule 5).
func (c Certification) Edition(name string) (Edition, bool) {
	for _, e := range c.Editions {
		if e.Name == name && !e.Legacy {
			return e, true
		}
	}
	return Edition{}, false
}

// Edition is one version of a certification (rules 2 to 6).
type Edition struct {
	Name         string
	Released     Day // zero: not known
	Classes      int
	Labs         int     // live sessions beside the classes
	ClassMinutes string  // such as 45-60
	List         []Class // in their order; empty: they are not listed
	Teaches      string  // "attracting, converting, closing and delighting customers"
	Legacy       bool    // a programme of the past
}

// Class is a class or a lab of an edition.
type Class struct {
	Title   string
	Minutes string // its length, such as 60 or 45-60
	Teaches string // one sentence
	Lab     bool   // a live session
}

// Exam is what a test asks (rules 10 to 14). Zero is not known.
type Exam struct{ Questions, Minutes, PassPercent, TriesPerMonth, WaitHours int }

// Practicum is what is to be handed in (rules 18 to 23). Zero items are not counted.
type Practicum struct {
	Items, Required int
	List            []string // what the items are; empty: they are not listed
	OneAccount      bool
}
