import type { PatchRecord } from '../../storage/projectStore'
import type { StudioState } from '../studioState'
import type { Command } from './command'
import { COMMANDS } from './commandList'
import { matchText } from './matchText'
import { pressable } from './menus'

export type Found = { kind: 'command'; command: Command } | { kind: 'patch'; patch: PatchRecord }

const MOST_PATCHES = 12

/**
 * What the palette lists for a query: commands by title, group and description, and patches by name, best first.
 * Without a query every command, the ones last used first.
 */
export function searchStudio(state: Pick<StudioState, 'patches' | 'recentCommands'>, query: string): Found[] {
  const commands = COMMANDS.filter(command => pressable(command) && command.id !== 'palette')
  const recency = (command: Command) => {
    const place = state.recentCommands.indexOf(command.id)
    return place < 0 ? 0 : 1 - place / 100
  }
  if (query.trim() === '') {
    return [...commands]
      .sort((a, b) => recency(b) - recency(a))
      .map(command => ({ kind: 'command', command }))
  }
  const scored = commands.map(command => ({
    found: { kind: 'command', command } as Found,
    score: commandScore(command, query) + 0.05 * recency(command),
    counts: commandScore(command, query) > 0,
  }))
  const patches = state.patches
    .map(patch => ({ found: { kind: 'patch', patch } as Found, score: matchText(query, patch.name) }))
    .filter(({ score }) => score >= 0.5)
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST_PATCHES)
  return [...scored.filter(({ counts }) => counts), ...patches]
    .sort((a, b) => b.score - a.score)
    .map(({ found }) => found)
}

function commandScore(command: Command, query: string): number {
  const title = matchText(query, command.title)
  const withGroup = matchText(query, `${command.group} ${command.title}`) * 0.8
  // Letters scattered over a sentence mean nothing: only words count there.
  const description = matchText(query, command.description ?? '')
  return Math.max(title, withGroup, description >= 0.5 ? description * 0.5 : 0)
}
