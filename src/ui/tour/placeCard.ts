interface Box {
  left: number
  top: number
  width: number
  height: number
}

const GAP = 12
const MARGIN = 8

/**
 * Where a card beside a target goes, all in CSS pixels of the window: right of it, else left, below, above, where it
 * fits; else inside its lower edge. Never beyond the window.
 */
export function placeCard(
  target: Box,
  card: { width: number; height: number },
  room: { width: number; height: number },
): { left: number; top: number } {
  const middle = target.top + target.height / 2 - card.height / 2
  const centre = target.left + target.width / 2 - card.width / 2
  const places = [
    { left: target.left + target.width + GAP, top: middle },
    { left: target.left - card.width - GAP, top: middle },
    { left: centre, top: target.top + target.height + GAP },
    { left: centre, top: target.top - card.height - GAP },
  ]
  const along = (value: number, size: number, all: number) =>
    Math.max(MARGIN, Math.min(value, all - size - MARGIN))
  const kept = (place: { left: number; top: number }) => ({
    left: along(place.left, card.width, room.width),
    top: along(place.top, card.height, room.height),
  })
  const clear = places.map(kept).find(place => !overlaps({ ...place, ...card }, target))
  return clear ?? kept({ left: centre, top: target.top + target.height - card.height - GAP })
}

function overlaps(a: Box, b: Box): boolean {
  return (
    a.left < b.left + b.width &&
    b.left < a.left + a.width &&
    a.top < b.top + b.height &&
    b.top < a.top + a.height
  )
}
