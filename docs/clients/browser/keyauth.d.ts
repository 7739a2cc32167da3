/** Times in milliseconds since the first press, one for each key. */
export interface Sample {
    Press: number[];
    Release: number[];
}

/** The same while keys are down: these have no time of release yet. */
export interface Timings {
    Press: number[];
    Release: (number | undefined)[];
}

/** A claim for `/verify`: one sample, or up to five of the same person. */
export type Claim =
    { UserID: string | number } & (Sample | { Attempts: Sample[] });

/**
 * Why what is in the field is not a sample:
 *
 * - `paste`: pasted or dropped
 * - `autofill`: put there or changed by a password manager, or not by keys
 * - `correction`: something was deleted, undone or typed in between
 * - `repeat`: a key was held down until it repeated
 * - `composition`: typed by an input method, or on a touch screen
 * - `blur`: the field was left in the middle
 * - `lost`: the press or the release of a key was not seen, or not within a
 *   second of `sample()`, or their times are missing or out of order
 */
export type Reason = 'paste' | 'autofill' | 'correction' | 'repeat'
    | 'composition' | 'blur' | 'lost';

export interface Options {
    /** Whether Enter is the string's last key; false by default. */
    enter?: boolean;
    /** Called at each press and release. */
    onchange?: (timings: Timings) => void;
    /** Called once, when what is being typed can be no sample any more. */
    onrefuse?: (reason: Reason) => void;
}

export interface Rhythm {
    /** Waits for all keys to be up; null if the field was not just typed. */
    sample(): Promise<Sample | null>;
    /** Begins anew; empty the field with it. */
    reset(): void;
    /** Stops listening. */
    detach(): void;
}

/** Listens to a field from its first key on. */
export function attach(field: HTMLInputElement | HTMLTextAreaElement,
    options?: Options): Rhythm;

/** A claim as the header `Keyauth-Sample` has it. */
export function header(claim: Claim): string;
