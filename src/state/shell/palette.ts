import type { PatchRecord } from '../../core/review/records'
import { isAuditing } from '../accuracy/selectors'
import type { Command } from '../command'
import { COMMANDS, pressable } from '../commandList'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { selectPatch } from '../view/actions'
import { closeDialog, rememberCommand } from './actions'

export type Found = { kind: 'command'; command: Command } | { kind: 'patch'; patch: PatchRecord }

const MOST_PATCHES = 12

/**
 * What the palette lists for a query: commands by title, group and description, and patches by name, best first.
 * Without a query every command, the ones last used first.
 */
export function searchStudio(
  state: Pick<StudioState, 'patches' | 'shell' | 'accuracy' | 'session'>,
  query: string,
): Found[] {
  const commands = COMMANDS.filter(command => pressable(command) && command.id !== 'palette')
  const recency = (command: Command) => {
    const place = state.shell.recentCommands.indexOf(command.id)
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
  // An audit is on its points.
  const listed = isAuditing(state) ? [] : state.patches.list
  const patches = listed
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
const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/**
 * How well a query fits a text, 0 (not at all) to 1 (the same): words of the query in any order, each as the start of
 * a word, inside one, or as letters in sequence that begin at a word ("rte" finds "Run the ensemble").
 */
export function matchText(query: string, text: string): number {
  const words = plain(query).split(/\s+/).filter(Boolean)
  if (words.length === 0) return 0
  const target = plain(text)
  if (target === words.join(' ')) return 1
  const scores = words.map(word => matchWord(word, target))
  return scores.some(score => score === 0) ? 0 : scores.reduce((sum, score) => sum + score, 0) / words.length
}

function matchWord(word: string, target: string): number {
  if (target.startsWith(word)) return 0.9
  let inside = target.indexOf(word)
  if (inside < 0) return lettersInSequence(word, target)
  while (inside >= 0) {
    if (startsWord(target, inside)) return 0.75
    inside = target.indexOf(word, inside + 1)
  }
  return 0.5
}

/** Letters in sequence, the first at the start of a word; the more of them start words, the better. */
function lettersInSequence(word: string, target: string): number {
  if (word.length < 2) return 0
  let from = 0
  let starts = 0
  for (let index = 0; index < word.length; index++) {
    const letter = word[index] ?? ''
    let place = target.indexOf(letter, from)
    const anywhere = place
    while (place >= 0 && !startsWord(target, place)) place = target.indexOf(letter, place + 1)
    if (place >= 0) {
      starts++
      from = place + 1
    } else if (index === 0 || anywhere < 0 || anywhere > from + 2) {
      return 0
    } else {
      from = anywhere + 1
    }
  }
  return 0.2 + (0.2 * starts) / word.length
}

const PART_OF_WORD = /[\p{L}\p{N}]/u

function startsWord(target: string, place: number): boolean {
  return place === 0 || !PART_OF_WORD.test(target[place - 1] ?? '')
}

/** Does what was chosen in the palette: runs a command, which then counts as recent, or goes to a patch. */
export function runFound(studio: Studio, found: Found): void {
  // The palette goes first: the command may open a dialog of its own.
  closeDialog(studio)
  if (found.kind === 'patch') {
    void selectPatch(studio, found.patch.id)
    return
  }
  rememberCommand(studio, found.command.id)
  void found.command.run(studio)
}
