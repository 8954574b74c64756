// The emoji that cards commonly use, by Slack's names; unknown names stay as they are written.

const NAMES = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", no_entry: "⛔", no_entry_sign: "🚫", warning: "⚠️",
  rotating_light: "🚨", bell: "🔔", no_bell: "🔕", hourglass: "⌛", hourglass_flowing_sand: "⏳",
  alarm_clock: "⏰", stopwatch: "⏱️", clock1: "🕐", calendar: "📅", date: "📅", lock: "🔒", unlock: "🔓",
  key: "🔑", shield: "🛡️", scales: "⚖️", robot_face: "🤖", eyes: "👀", eye: "👁️", wave: "👋",
  raised_hand: "✋", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", ok_hand: "👌", pray: "🙏",
  tada: "🎉", rocket: "🚀", fire: "🔥", bulb: "💡", memo: "📝", pencil: "📝", pencil2: "✏️", page_facing_up: "📄",
  clipboard: "📋", file_folder: "📁", open_file_folder: "📂", link: "🔗", paperclip: "📎", mag: "🔍",
  speech_balloon: "💬", envelope: "✉️", email: "📧", inbox_tray: "📥", outbox_tray: "📤", package: "📦",
  moneybag: "💰", credit_card: "💳", chart_with_upwards_trend: "📈", bar_chart: "📊", gear: "⚙️",
  hammer_and_wrench: "🛠️", wrench: "🔧", red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡",
  large_green_circle: "🟢", large_blue_circle: "🔵", white_circle: "⚪", black_circle: "⚫",
  large_red_square: "🟥", large_orange_square: "🟧", large_yellow_square: "🟨", large_green_square: "🟩",
  arrow_up: "⬆️", arrow_down: "⬇️", arrow_right: "➡️", arrow_left: "⬅️", arrows_counterclockwise: "🔄",
  repeat: "🔁", leftwards_arrow_with_hook: "↩️", information_source: "ℹ️", question: "❓", grey_question: "❔",
  exclamation: "❗", grey_exclamation: "❕", heavy_plus_sign: "➕", heavy_minus_sign: "➖", star: "⭐",
  sparkles: "✨", zzz: "💤", palm_tree: "🌴", airplane: "✈️", house: "🏠", office: "🏢", globe_with_meridians: "🌐",
  earth_americas: "🌎", earth_africa: "🌍", flag: "🏳️", checkered_flag: "🏁", construction: "🚧", bust_in_silhouette: "👤",
  busts_in_silhouette: "👥", judge: "🧑‍⚖️", technologist: "🧑‍💻", slightly_smiling_face: "🙂", smile: "😄", thinking_face: "🤔",
  neutral_face: "😐", disappointed: "😞", octagonal_sign: "🛑", vertical_traffic_light: "🚦", mailbox: "📫",
  pushpin: "📌", round_pushpin: "📍", bookmark: "🔖", label: "🏷️", books: "📚", newspaper: "📰",
};

export const emoji = (name) => NAMES[name.split("::")[0]] ?? null;

export const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => emoji(name) ?? whole);
