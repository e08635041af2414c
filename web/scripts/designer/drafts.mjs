// What has been drawn and not published stays on this computer, one draft for a matter and an officer.
export class Drafts {
  constructor(whose, code) {
    this.key = `lianshen.draft.${whose}.${code}`;
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(this.key));
    } catch {
      return null;
    }
  }

  // whether it could be kept: a browser may have no room, or none for us
  keep(base, files) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ base, files, at: Date.now() }));
      return true;
    } catch {
      return false;
    }
  }

  drop() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // nothing is kept where nothing can be
    }
  }
}

export const same = (one, other) => Object.keys({ ...one, ...other }).every((name) => one[name] === other[name]);
