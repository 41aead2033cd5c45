package analysis

// A Grade says how well a statement is founded: A measured on both sides, B arithmetic that follows this run inside the
// measured range, C extrapolated or not followed closely, D documentation or a rule of thumb (R6.12).
type Grade string

// The grades.
const (
	GradeA Grade = "A"
	GradeB Grade = "B"
	GradeC Grade = "C"
	GradeD Grade = "D"
)
