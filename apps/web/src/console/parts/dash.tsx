/** What there is none of. */
export const Dash = () => <span className="text-muted">–</span>
