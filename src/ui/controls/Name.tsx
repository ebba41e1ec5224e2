/**
 * Names of one drop begin alike and differ at the end: a cut one keeps this many letters of it. More would cost those
 * that differ before a common ending.
 */
const KEPT_END = 6

/** Shorter ones are cut, if at all, at the end: nothing would be left between. */
const SHORTEST_SPLIT = 18

/**
 * A name of a patch or model that is cut in the middle where there is no room for it, so that names which differ at the
 * end can be told apart. A screen reader hears it whole.
 */
export function Name({ children, title = children }: { children: string; title?: string }) {
  if (children.length < SHORTEST_SPLIT)
    return (
      <span className="name" title={title}>
        <span className="name-head">{children}</span>
      </span>
    )
  return (
    <span className="name" title={title}>
      <span className="visually-hidden">{children}</span>
      <span className="name-head" aria-hidden="true">
        {children.slice(0, -KEPT_END)}
      </span>
      <span className="name-end" aria-hidden="true">
        {children.slice(-KEPT_END)}
      </span>
    </span>
  )
}
