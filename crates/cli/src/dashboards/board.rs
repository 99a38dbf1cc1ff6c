//! One dashboard: variables at the top, panels in rows below.

use serde_json::{Value, json};

use super::panel::{Panel, datasource};

/// Columns of Grafana's grid.
const COLUMNS: u32 = 24;

/// Version of Grafana's dashboard format that we write.
const SCHEMA: u32 = 39;

/// A dashboard.
#[derive(Debug, Clone)]
pub struct Board {
    /// Its identity in Grafana and the name of its file.
    pub(super) uid: &'static str,
    /// What it is called.
    pub(super) title: &'static str,
    /// What it is for.
    pub(super) about: &'static str,
    /// What one can choose at the top, besides the data source.
    pub(super) choices: Vec<Choice>,
    /// Titled rows of panels.
    pub(super) rows: Vec<(&'static str, Vec<Panel>)>,
    /// The time range it opens with.
    pub(super) from: &'static str,
}

/// A choice at the top: the values of a label.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    /// The variable, used as `$name`, and the label.
    pub(super) name: &'static str,
    /// A family that has the label.
    pub(super) family: &'static str,
}

impl Choice {
    /// The choice of projects, which nearly every page has.
    pub(super) fn project() -> Self {
        Self {
            name: "project",
            family: "labtower_project_info",
        }
    }
}

/// One question of a dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The title of its panel.
    pub panel: &'static str,
    /// PromQL, with the variables of Grafana.
    pub expression: String,
    /// Whether it may find nothing.
    pub rare: bool,
}

impl Board {
    /// The name of its file.
    pub fn file(&self) -> String {
        format!("{}.json", self.uid)
    }

    /// Its title.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// Every question it asks, those for the choices at the top too.
    pub fn questions(&self) -> Vec<Question> {
        let choices = self.choices.iter().map(|choice| Question {
            panel: "the choices at the top",
            expression: format!("group by ({}) ({})", choice.name, choice.family),
            rare: false,
        });
        let panels = self.rows.iter().flat_map(|(_, panels)| panels);
        let asked = panels.flat_map(|panel| {
            panel.queries.iter().map(|(expression, _)| Question {
                panel: panel.title,
                expression: expression.clone(),
                rare: panel.rare,
            })
        });
        choices.chain(asked).collect()
    }

    /// The file Grafana reads.
    pub fn json(&self) -> String {
        let dashboard = json!({
            "uid": self.uid,
            "title": self.title,
            "description": self.about,
            "tags": ["labtower"],
            "schemaVersion": SCHEMA,
            "editable": true,
            "graphTooltip": 1,
            "refresh": "1m",
            "timezone": "browser",
            "time": {"from": self.from, "to": "now"},
            "links": [{
                "type": "dashboards", "title": "Labtower", "tags": ["labtower"],
                "asDropdown": true, "includeVars": false, "keepTime": true,
            }],
            "templating": {"list": self.variables()},
            "panels": self.panels(),
        });
        let mut text = serde_json::to_string_pretty(&dashboard)
            .unwrap_or_else(|error| unreachable!("a dashboard is plain data: {error}"));
        text.push('\n');
        text
    }

    fn variables(&self) -> Vec<Value> {
        let mut list = vec![json!({
            "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus",
        })];
        list.extend(self.choices.iter().map(|choice| {
            let query = format!("label_values({}, {})", choice.family, choice.name);
            json!({
                "name": choice.name,
                "type": "query",
                "datasource": datasource(),
                "definition": query,
                "query": {"query": query, "refId": "choices"},
                "refresh": 2,
                "sort": 1,
                "multi": true,
                "includeAll": true,
                "allValue": ".*",
                "current": {"text": ["All"], "value": ["$__all"]},
            })
        }));
        list
    }

    /// Panels from left to right, each row of them as high as its highest one.
    fn panels(&self) -> Vec<Value> {
        let mut out = Vec::new();
        let mut y = 0;
        for (title, panels) in &self.rows {
            out.push(json!({
                "id": out.len() + 1, "type": "row", "title": title, "collapsed": false, "panels": [],
                "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1},
            }));
            y += 1;
            let (mut x, mut highest) = (0, 0);
            for panel in panels {
                let (width, height) = panel.size;
                if x + width > COLUMNS {
                    (x, y, highest) = (0, y + highest, 0);
                }
                out.push(panel.json(out.len() + 1, x, y));
                x += width;
                highest = highest.max(height);
            }
            y += highest;
        }
        out
    }
}
