/** What can go wrong with one call across the shell: it fails, answers something else, or never; armed by a fault, struck by a hook. */
import type { Answer, Command, ShellFailureKind } from '../ports/shell.ts';
import type { ShellCall, ShellHooks, Verdict } from './shell.ts';

/** A fault of one call, or of the next few that match. */
export interface CallFault {
  /** In words, for when it never struck. */
  readonly title?: string;
  readonly host?: string;
  /** The beginning of a command, its words separated by blanks. */
  readonly command?: string;
  /** The count of the call, from 1. */
  readonly index?: number;
  /** How often it strikes; once when missing. */
  readonly times?: number;
  readonly does:
    | { readonly kind: 'fails'; readonly as: ShellFailureKind; readonly when: 'before' | 'after' }
    | { readonly kind: 'exits'; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
    /** The answer that the same question got before; the true one when it was never asked. */
    | { readonly kind: 'repeats' }
    | { readonly kind: 'slow'; readonly factor: number }
    | { readonly kind: 'never' }
    | { readonly kind: 'kills'; readonly when: 'before' | 'after'; readonly kill: () => void };
}

/** Faults of calls, as hooks of a shell. Of several commands in one call only the one that a fault names is told wrong. */
export class CallFaults implements ShellHooks {
  readonly #armed: { fault: CallFault; left: number }[] = [];
  /** The last true answer to each question. */
  readonly #answered = new Map<string, Answer>();

  arm(fault: CallFault): void {
    this.#armed.push({ fault, left: fault.times ?? 1 });
  }

  /** What was armed and met no call. */
  get unstruck(): readonly string[] {
    return this.#armed.flatMap(({ fault, left }) => (left === (fault.times ?? 1) ? [fault.title ?? fault.command ?? 'a call'] : []));
  }

  before(call: ShellCall): Verdict | undefined {
    const does = this.#take(call, 'before')?.does;
    switch (does?.kind) {
      case undefined:
        return undefined;
      case 'fails':
        return { do: 'fail', kind: does.as, detail: 'the simulator refused it' };
      case 'exits':
        return { do: 'answer', answers: call.commands.map(() => exit(does)) };
      case 'repeats': {
        const earlier = call.commands.flatMap((command) => this.#answered.get(question(call, command)) ?? []);
        return earlier.length < call.commands.length ? undefined : { do: 'answer', answers: earlier };
      }
      case 'slow':
        return { do: 'slow', factor: does.factor };
      case 'never':
        return { do: 'never' };
      case 'kills':
        does.kill();
        return { do: 'never' };
      default: {
        const other: never = does;
        return other;
      }
    }
  }

  after(call: ShellCall, answers: readonly Answer[]): Verdict | undefined {
    const fault = this.#take(call, 'after');
    switch (fault?.does.kind) {
      case 'kills':
        fault.does.kill();
        return { do: 'never' };
      case 'fails':
        return { do: 'fail', kind: fault.does.as, detail: 'the simulator lost the answer' };
      case 'exits':
      case 'repeats':
        return { do: 'answer', answers: call.commands.map((command, at) => this.#twisted(fault, call, command, answers[at])) };
      default:
        call.commands.forEach((command, at) => this.#remember(call, command, answers[at]));
        return undefined;
    }
  }

  #twisted(fault: CallFault, call: ShellCall, command: Command, answer: Answer | undefined): Answer {
    if (answer === undefined) throw new Error(`no answer to ${command.argv.join(' ')}`);
    if (!names(fault, command)) return answer;
    if (fault.does.kind === 'exits') return { ...exit(fault.does), tookMs: answer.tookMs };
    return this.#answered.get(question(call, command)) ?? answer;
  }

  #remember(call: ShellCall, command: Command, answer: Answer | undefined): void {
    if (answer !== undefined) this.#answered.set(question(call, command), answer);
  }

  #take(call: ShellCall, when: 'before' | 'after'): CallFault | undefined {
    const armed = this.#armed.find(({ fault, left }) => left > 0 && whenOf(fault, call) === when && matches(fault, call));
    if (armed === undefined) return undefined;
    armed.left--;
    return armed.fault;
  }
}

/** What twists one answer among several waits until the others are known. */
function whenOf({ does, command }: CallFault, { commands }: ShellCall): 'before' | 'after' {
  if (does.kind === 'fails' || does.kind === 'kills') return does.when;
  return (does.kind === 'exits' || does.kind === 'repeats') && command !== undefined && commands.length > 1 ? 'after' : 'before';
}

function exit({ exitCode, stdout, stderr }: Extract<CallFault['does'], { kind: 'exits' }>): Omit<Answer, 'tookMs'> {
  return { exitCode, stdout, stderr };
}

function question({ host }: ShellCall, { argv }: Command): string {
  return `${host} ${argv.join(' ')}`;
}

function matches(fault: CallFault, call: ShellCall): boolean {
  const { host, index } = fault;
  if (host !== undefined && host !== call.host) return false;
  if (index !== undefined && index !== call.index) return false;
  return call.commands.some((command) => names(fault, command));
}

function names({ command }: CallFault, { argv }: Command): boolean {
  return command === undefined || `${argv.join(' ')} `.includes(command);
}
