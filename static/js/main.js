// Small comforts, one file for each data- hook. Every page works without them. `core/static_files/` makes one file of all.
import "./hooks/bulk.js";
import "./hooks/copy.js";
import "./hooks/dialog.js";
import "./hooks/drop.js";
import "./hooks/focus.js";
import "./hooks/keys.js";
import "./hooks/lost.js";
import "./hooks/menu.js";
import "./hooks/open-if-wide.js";
import "./hooks/redact.js";
import "./hooks/paste-image.js";
import "./hooks/row.js";
import "./hooks/slider.js";
import "./hooks/tabs.js";
import "./hooks/tick-all.js";
import "./hooks/timer.js";
import "./hooks/toast.js";
