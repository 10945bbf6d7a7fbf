/** A server process, by what tells it from the others: the beginning of the name that it gave itself when it started. */
export const NodeName = ({ sid }: { sid: string }) => (
  <code className="font-mono text-xs" title={sid}>
    {sid.slice(0, 8)}
  </code>
)
