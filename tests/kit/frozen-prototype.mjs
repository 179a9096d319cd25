// For `node --import`: whatever tries to give every object of the process a member fails (docs/THREATS.md E8).
Object.freeze(Object.prototype);
