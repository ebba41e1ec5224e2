import { earlierOnGround, type GroundPlace, markCovered } from './sharedGround'

/** A part of a map whose ground other parts may show as well. */
export interface MapPart extends GroundPlace {
  /** [height, width]: 0 where the map says nothing; null: nothing at all. */
  readKnown(): Promise<Uint8Array | null>
}

/** Of what is known of parts that others overlap, and of what is covered. */
const HELD_BYTES = 64 * 2 ** 20

/**
 * A map whose parts overlap, each place on the ground in one of them alone: the first that says something there. Where that
 * one says nothing (no data, ignored), the next one owns it.
 */
export class GroundOnce {
  private readonly held = new Map<string, Uint8Array>()
  private heldBytes = 0

  private constructor(
    private readonly parts: ReadonlyMap<string, MapPart>,
    private readonly earlier: ReadonlyMap<string, readonly GroundPlace[]>,
  ) {}

  /** @param parts in the order in which they own the ground; nothing is read of them yet */
  static async of(parts: readonly MapPart[]): Promise<GroundOnce> {
    return new GroundOnce(new Map(parts.map(part => [part.id, part])), await earlierOnGround(parts))
  }

  /** Ids of parts that show the same ground, the owner first. */
  pairs(): [owner: string, other: string][] {
    return [...this.earlier].flatMap(([id, owners]) =>
      owners.map((owner): [string, string] => [owner.id, id]),
    )
  }

  /** [height, width] of a part, not to be changed: 1 on ground that an earlier one owns; null: there is none. */
  async coveredOf(id: string): Promise<Uint8Array | null> {
    const [earlier, part] = [this.earlier.get(id), this.parts.get(id)]
    if (!earlier || !part) return null
    return this.hold(`covered ${id}`, async () => {
      const covered = new Uint8Array(part.width * part.height)
      for (const owner of earlier) {
        const known = await this.hold(`known ${owner.id}`, this.parts.get(owner.id)!.readKnown)
        if (known) await markCovered(part, owner, known, covered)
      }
      return covered
    })
  }

  private async hold(key: string, make: () => Promise<Uint8Array | null>): Promise<Uint8Array | null> {
    const held = this.held.get(key)
    if (held) return held
    const made = await make()
    if (!made) return null
    this.held.set(key, made)
    this.heldBytes += made.length
    for (const [oldest, { length }] of this.held) {
      if (this.heldBytes <= HELD_BYTES || oldest === key) break
      this.held.delete(oldest)
      this.heldBytes -= length
    }
    return made
  }
}
