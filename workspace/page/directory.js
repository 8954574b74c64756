// Names of people, channels and groups, for mentions and menus.

let state = { users: [], usergroups: [], bots: [] };
let channels = [];
let me = "";

export function know(fresh, user, seen) {
  state = fresh;
  me = user;
  channels = seen;
}

export const people = () => state.users.filter((user) => !user.is_bot);
export const active = () => people().filter((user) => !user.deleted);
export const conversations = () => channels;
export const isMe = (id) => id === me;
export const userName = (id) => state.users.find((user) => user.id === id)?.name;
export const userOf = (id) => state.users.find((user) => user.id === id);
export const channelName = (id) => channels.find((channel) => channel.id === id)?.name ?? id;
export const groupName = (id) => state.usergroups.find((group) => group.id === id)?.handle ?? id;
export const teamOf = (id) => state.teams?.find((team) => team.id === id);
