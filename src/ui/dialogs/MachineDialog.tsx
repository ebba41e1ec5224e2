import { useState } from 'react'
import { Button, Checkbox, Disclosure, DisclosurePanel } from 'react-aria-components'
import {
  differenceText,
  durationText,
  type SelfTestCheck,
  type SelfTestReport,
  type SelfTestTiming,
  selfTestLines,
  selfTestPassed,
  selfTestVerdict,
  timedNetwork,
} from '../../core/rounds/selfTestReport'
import { checkMachine } from '../../state/models/checkMachine'
import { CopyButton } from '../controls/CopyButton'
import { Icon } from '../controls/Icon'
import { DisclosureHeading } from '../controls/SidePanel'
import { formatDuration } from '../format'
import { JobProgress } from '../map/JobStrip'
import { useStudio, useStudioState } from '../studioContext'
import { StudioDialog } from './StudioDialog'

/** Whether this machine computes what it should: asked for, in progress, and what came of it. */
export function MachineDialog() {
  const report = useStudioState(state => state.models.machine)
  const checking = useStudioState(state => state.models.checkingMachine)
  return (
    <StudioDialog title="Check this machine" wide>
      <div className="stack machine">
        {checking ? <Running /> : report ? <Report report={report} /> : <Explanation />}
        {!checking && <Start again={report !== null} />}
      </div>
    </StudioDialog>
  )
}

function Explanation() {
  return (
    <p>
      Compares what your GPU and WebAssembly compute with a reference in JavaScript: every kernel, a small
      network of every family, the gradients of a training pass, and the starter models. Your project is not
      read or changed.
    </p>
  )
}

function Start({ again }: { again: boolean }) {
  const studio = useStudio()
  const hardware = useStudioState(
    ({ models: { engine } }) => engine.status === 'ready' && !engine.info.software,
  )
  const busy = useStudioState(
    ({ shell: { jobs } }) => (jobs.check ?? jobs.predict ?? jobs.round ?? jobs.model) !== undefined,
  )
  const [wanted, setWanted] = useState<boolean | null>(null)
  const benchmark = wanted ?? hardware
  return (
    <>
      <Checkbox className="checkbox" isSelected={benchmark} onChange={setWanted}>
        <span className="checkbox-box" aria-hidden="true" />
        Also time it, beside plain TensorFlow.js
      </Checkbox>
      <p className="hint">
        {hardware ? 'Takes about a minute.' : 'There is no hardware GPU here: this takes several minutes.'}
        {busy && ' Another job uses the engine: wait for it, or cancel it, first.'}
      </p>
      <div className="dialog-foot">
        <CopyReport />
        <span className="spacer" />
        <Button
          className="button button-primary"
          autoFocus
          isDisabled={busy}
          onPress={() => void checkMachine(studio, benchmark)}
        >
          {again ? 'Check again' : 'Check'}
        </Button>
      </div>
    </>
  )
}

function CopyReport() {
  const report = useStudioState(state => state.models.machine)
  if (!report) return null
  return <CopyButton text={() => selfTestLines(report).join('\n')} label="Copy report" />
}

function Running() {
  const studio = useStudio()
  const job = useStudioState(state => state.shell.jobs.check)
  return (
    <>
      {job && <JobProgress job={job} />}
      <p className="hint">The check continues if you close this window.</p>
      <div className="dialog-foot">
        <span className="spacer" />
        <Button className="button button-plain" autoFocus onPress={() => studio.jobs.cancel('check')}>
          Cancel
        </Button>
      </div>
    </>
  )
}

function Report({ report }: { report: SelfTestReport }) {
  const { engine, adapter, checks, timings, missing, seconds } = report
  const passed = selfTestPassed(report)
  const remarks = checks.filter(({ outcome }) => outcome !== 'passed')
  return (
    <>
      <p className={`machine-verdict${passed ? '' : ' machine-failed'}`} role="status">
        <Icon name={passed ? 'check' : 'warning'} />
        {selfTestVerdict(report)} in {formatDuration(seconds)}.
        {!passed &&
          ' Do not rely on results from this machine. Update the GPU driver and the browser, then check again.'}
      </p>
      <dl className="facts">
        <dt>Adapter</dt>
        <dd>
          {engine.adapter}
          {adapter && ` (${[adapter.vendor, adapter.architecture].filter(Boolean).join(', ') || 'unnamed'})`}
        </dd>
        <dt>Missing</dt>
        <dd>{missing.length > 0 ? missing.join(' ') : 'nothing'}</dd>
      </dl>
      {remarks.length > 0 && (
        <ul className="machine-remarks" aria-label="Checks that did not pass">
          {remarks.map(({ part, name, outcome, because }) => (
            <li key={`${part} ${name}`}>
              <strong>
                {name} {outcome}
              </strong>
              : {because}
            </li>
          ))}
        </ul>
      )}
      {timings.length > 0 && <Timings timings={timings} />}
      <Disclosure className="disclosure">
        <DisclosureHeading level={3}>All checks ({checks.length})</DisclosureHeading>
        <DisclosurePanel className="machine-scroll">
          <Checks checks={checks} />
        </DisclosurePanel>
      </Disclosure>
    </>
  )
}

function Timings({ timings }: { timings: readonly SelfTestTiming[] }) {
  return (
    <div className="machine-scroll">
      <table className="machine-table tabular">
        <caption>One image at a time, in this run. Times are not judged.</caption>
        <thead>
          <tr>
            <th scope="col">Network</th>
            <th scope="col">Work</th>
            <th scope="col">Scarp</th>
            <th scope="col">Plain TensorFlow.js</th>
          </tr>
        </thead>
        <tbody>
          {timings.map(timing => (
            <tr key={`${timing.preset} ${timing.work}`}>
              <th scope="row">{timedNetwork(timing)}</th>
              <td>{timing.work}</td>
              <td>{durationText(timing.ours)}</td>
              <td>
                {durationText(timing.plain)}
                {timing.note && <span className="hint machine-note">{timing.note}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Checks({ checks }: { checks: readonly SelfTestCheck[] }) {
  return (
    <table className="machine-table tabular">
      <caption>
        Largest difference from the reference, as a share of the largest number. Of models, of a probability.
      </caption>
      <thead>
        <tr>
          <th scope="col">Check</th>
          <th scope="col" className="machine-part">
            Part
          </th>
          <th scope="col">Difference</th>
          <th scope="col">Allowed</th>
          <th scope="col">Outcome</th>
        </tr>
      </thead>
      <tbody>
        {checks.map(({ part, name, largest, tolerance, because, outcome }) => (
          <tr key={`${part} ${name}`}>
            <th scope="row">{name}</th>
            <td className="machine-part">{part}</td>
            <td>{differenceText(largest)}</td>
            <td title={because}>{differenceText(tolerance)}</td>
            <td>{outcome}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
