// Small faults that a good test suite notices: one changed operator, limit, text or statement each.
import { parseSync } from 'vite'

/**
 * @typedef {object} Mutant
 * @property {string} kind what is changed, such as "boundary"
 * @property {number} start first UTF-16 unit of the source that is replaced
 * @property {number} end unit after the last replaced one
 * @property {string} text what stands there instead
 * @property {{start: number, end: number, statement: boolean}} probe the expression or statement whose evaluation reaches it
 * @property {number} line from 1
 * @property {string} from the lines it touches, trimmed and joined
 * @property {string} to the same lines with the mutant in them
 */

/** By operator, what stands in for it and what that shows. */
const OPERATORS = {
  '<': [['<=', 'boundary'], ['>=', 'comparison']], // biome-ignore format: a table
  '<=': [['<', 'boundary'], ['>', 'comparison']], // biome-ignore format: a table
  '>': [['>=', 'boundary'], ['<=', 'comparison']], // biome-ignore format: a table
  '>=': [['>', 'boundary'], ['<', 'comparison']], // biome-ignore format: a table
  '===': [['!==', 'comparison']],
  '!==': [['===', 'comparison']],
  '+': [['-', 'arithmetic']],
  '-': [['+', 'arithmetic']],
  '*': [['/', 'arithmetic']],
  '/': [['*', 'arithmetic']],
  '%': [['*', 'arithmetic']],
  '**': [['*', 'arithmetic']],
  '<<': [['>>', 'bits']],
  '>>': [['<<', 'bits']],
  '>>>': [['<<', 'bits']],
  '&': [['|', 'bits']],
  '|': [['&', 'bits']],
  '^': [['&', 'bits']],
  '&&': [['||', 'logic']],
  '||': [['&&', 'logic']],
  '??': [['&&', 'logic']],
  '+=': [['-=', 'arithmetic']],
  '-=': [['+=', 'arithmetic']],
  '*=': [['/=', 'arithmetic']],
  '/=': [['*=', 'arithmetic']],
  '|=': [['&=', 'bits']],
  '&=': [['|=', 'bits']],
  '<<=': [['>>=', 'bits']],
  '>>=': [['<<=', 'bits']],
  '??=': [['=', 'logic']],
}

const METHODS = { min: 'max', max: 'min', floor: 'ceil', ceil: 'floor', some: 'every', every: 'some' }

/** What holds values although its name begins as that of a type. */
const TYPED_VALUES = new Set(['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression'])
const TYPE_KEYS = new Set([
  'typeAnnotation',
  'typeArguments',
  'typeParameters',
  'returnType',
  'superTypeArguments',
])

/**
 * Every mutant of one TypeScript file, in the order of the source. Types, imports, keys and the texts of tagged
 * templates have none; what would not parse is left out.
 * @param {string} code
 * @returns {Mutant[]}
 */
export function mutantsOf(code) {
  const found = []
  const { program, errors } = parse(code)
  if (errors.length > 0) throw new Error(errors[0].message)
  visit(program, undefined, (node, parent, key) => found.push(...changesOf(node, parent, key, code)))
  return found
    .map(change => ({ ...change, ...described(code, change) }))
    .filter(mutant => parse(mutated(code, mutant)).errors.length === 0)
    .sort((a, b) => a.start - b.start || a.end - b.end)
}

/** The source with one mutant in it. */
export function mutated(code, { start, end, text }) {
  return code.slice(0, start) + text + code.slice(end)
}

/** The source that sets `hits[first + i]` to 1 wherever the i-th mutant is reached; `hits` is a global of that name. */
export function probed(code, mutants, hits, first) {
  const marks = mutants.flatMap(({ probe }, i) => {
    const mark = `${hits}[${first + i}]=1`
    const [open, close] = probe.statement ? [`{${mark};`, '}'] : [`(${mark},`, ')']
    const size = probe.end - probe.start
    // Of marks at one place those that close come first, inner before outer; then those that open, outer before inner.
    return [
      { at: probe.start, order: [1, -size, i], text: open },
      { at: probe.end, order: [0, size, -i], text: close },
    ]
  })
  marks.sort(
    (a, b) => a.at - b.at || a.order[0] - b.order[0] || a.order[1] - b.order[1] || a.order[2] - b.order[2],
  )
  let out = ''
  let from = 0
  for (const { at, text } of marks) {
    out += code.slice(from, at) + text
    from = at
  }
  return out + code.slice(from)
}

function parse(code) {
  return parseSync('mutant.ts', code, { lang: 'ts', sourceType: 'module' })
}

function visit(node, parent, seen, key = '') {
  if (node.type.startsWith('TS') && !TYPED_VALUES.has(node.type)) return
  if (node.type.startsWith('Import') && node.type !== 'ImportExpression') return
  if (node.type === 'ExportAllDeclaration' || node.declare) return
  seen(node, parent, key)
  for (const [name, value] of Object.entries(node)) {
    if (TYPE_KEYS.has(name) || (name === 'key' && !node.computed) || (name === 'source' && node.exportKind))
      continue
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child && typeof child.type === 'string') visit(child, node, seen, name)
    }
  }
}

/** The changes that begin at this node itself. */
function changesOf(node, parent, key, code) {
  const whole = { start: node.start, end: node.end, statement: false }
  const replace = (kind, text, part = node) => ({
    kind,
    start: part.start,
    end: part.end,
    text,
    probe: whole,
  })
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression':
      return operatorChanges(node, code, whole)
    case 'UnaryExpression':
      if (node.operator === '!' || node.operator === '-' || node.operator === '~') {
        return [replace('unary', `(${textOf(node.argument, code)})`)]
      }
      return []
    case 'UpdateExpression': {
      const other = node.operator === '++' ? '--' : '++'
      const operand = textOf(node.argument, code)
      return [replace('unary', node.prefix ? other + operand : operand + other)]
    }
    case 'IfStatement':
    case 'ConditionalExpression':
      return ['true', 'false'].map(text => condition(node.test, text))
    case 'WhileStatement':
    case 'DoWhileStatement':
    case 'ForStatement':
      return node.test && code.slice(node.test.start, node.test.end) !== 'true'
        ? [condition(node.test, 'false')]
        : []
    case 'Literal':
      return literalChanges(node, parent, key, replace)
    case 'TemplateLiteral':
      return parent?.type === 'TaggedTemplateExpression' ? [] : [replace('text', "''")]
    case 'ArrayExpression':
      return node.elements.length > 0 ? [replace('list', '[]')] : []
    case 'MemberExpression':
      if (node.optional) return [optionalChange(node, code)]
      if (!node.computed && METHODS[node.property.name] && key === 'callee') {
        return [{ ...replace('method', METHODS[node.property.name], node.property), probe: span(parent) }]
      }
      return []
    case 'ExpressionStatement':
    case 'ThrowStatement':
    case 'ContinueStatement':
    case 'BreakStatement':
      return node.directive ? [] : [{ ...replace('statement', '{}'), probe: { ...whole, statement: true } }]
    case 'ReturnStatement':
      return node.argument ? [] : [{ ...replace('statement', '{}'), probe: { ...whole, statement: true } }]
    default:
      return []
  }
}

function operatorChanges(node, code, whole) {
  const gap = code.slice(node.left.end, node.right.start)
  const start = node.left.end + gap.indexOf(node.operator)
  return (OPERATORS[node.operator] ?? [])
    .filter(() => !(node.operator === '+' && [node.left, node.right].some(isText)))
    .map(([text, kind]) =>
      node.type === 'LogicalExpression'
        ? // Mixed operators need their parentheses.
          {
            kind,
            start: node.start,
            end: node.end,
            text: `(${mutated(code, { start, end: start + node.operator.length, text }).slice(node.start, node.end + text.length - node.operator.length)})`,
            probe: whole,
          }
        : { kind, start, end: start + node.operator.length, text, probe: whole },
    )
}

function literalChanges(node, parent, key, replace) {
  if (typeof node.value === 'boolean') return [replace('boolean', String(!node.value))]
  if (typeof node.value === 'number') return [replace('number', String(node.value + 1))]
  if (typeof node.value === 'bigint') return [replace('number', `${node.value + 1n}n`)]
  if (typeof node.value !== 'string' || parent?.type === 'ExpressionStatement') return []
  // The other side of a comparison with typeof is a type's name: any other word would do.
  if (parent?.type === 'ImportExpression' || key === 'source') return []
  return [replace('text', node.value === '' ? "'mutant'" : "''")]
}

function optionalChange(node, code) {
  const start = node.object.end + code.slice(node.object.end).indexOf('?.')
  return { kind: 'optional', start, end: start + 2, text: node.computed ? '' : '.', probe: span(node.object) }
}

function condition(test, text) {
  return { kind: 'condition', start: test.start, end: test.end, text, probe: span(test) }
}

function span(node) {
  return { start: node.start, end: node.end, statement: false }
}

function textOf(node, code) {
  return code.slice(node.start, node.end)
}

function isText(node) {
  return node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string')
}

function described(code, change) {
  const begin = code.lastIndexOf('\n', change.start - 1) + 1
  const stop = code.indexOf('\n', change.end)
  const after = code.slice(change.end, stop < 0 ? code.length : stop)
  const oneLine = text => text.trim().replace(/\s*\n\s*/g, ' ')
  return {
    line: code.slice(0, change.start).split('\n').length,
    from: oneLine(code.slice(begin, change.end) + after),
    to: oneLine(code.slice(begin, change.start) + change.text + after),
  }
}
